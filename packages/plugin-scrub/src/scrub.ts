import { definePlugin } from '@duet/core';
import { acceptCommand } from './commands/accept.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { reportCommand } from './commands/report.js';
import { scrubOptions } from './options.js';
import { ScrubTask } from './task.js';

/**
 * Finds silent corruption: keeps a SHA-256 of each file, and of each 8 MiB of
 * larger ones, and compares those that no program changed since.
 */
export const scrub = definePlugin({
  name: 'scrub',
  summary: 'read every file and find those whose content changed by itself',
  core: '^0.1.0',
  config: scrubOptions,
  create: (ctx) => new ScrubTask(ctx),
  commands: [reportCommand, acceptCommand, exportCommand, importCommand],
});
