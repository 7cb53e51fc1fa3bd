import { definePlugin } from '@duet/core';
import { verifyCommand } from './commands/verify.js';
import { rsyncOptions } from './options.js';
import { RsyncTask } from './task.js';

/** Mirrors a folder with the system's rsync, in the order in which the planner has its files. */
export const rsync = definePlugin({
  name: 'rsync',
  summary: 'make a folder, here or on another host, equal to the path with rsync',
  core: '^0.1.0',
  config: rsyncOptions,
  incremental: true,
  create: (ctx) => new RsyncTask(ctx),
  commands: [verifyCommand],
});
