import { definePlugin } from '@duet/core';
import { reportCommand } from './commands/report.js';
import { resultsCommand } from './commands/results.js';
import { defragOptions } from './options.js';
import { DefragTask } from './task.js';

/** Puts files that lie on the disk in many pieces into few, those first that are in the cache anyway. */
export const defrag = definePlugin({
  name: 'defrag',
  summary: 'put files that lie in many pieces on the disk into few',
  core: '^0.1.0',
  config: defragOptions,
  create: (ctx) => new DefragTask(ctx),
  commands: [reportCommand, resultsCommand],
});
