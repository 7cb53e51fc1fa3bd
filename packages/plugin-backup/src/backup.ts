import { definePlugin } from '@duet/core';
import { backupCommands } from './commands/index.js';
import { backupOptions } from './options.js';
import { BackupTask } from './task.js';

/** Backs files up into a repository of restic's format, cached ones first. */
export const backup = definePlugin({
  name: 'backup',
  summary: 'back up to a repository in the format of restic',
  core: '^0.1.0',
  config: backupOptions,
  inOrder: true,
  incremental: true,
  create: (ctx) => new BackupTask(ctx),
  commands: backupCommands,
});
