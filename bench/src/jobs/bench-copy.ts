import { definePlugin } from '@duet/core';
import { z } from 'zod';
import { JobHooks } from './job-hooks.js';
import { target, threads } from './job-options.js';

/** Beside `rsync -a` to an empty folder: one thread, as that reads with one process. */
export default definePlugin({
  name: 'bench-copy',
  summary: 'measurements: copy to another folder',
  core: '^0.1.0',
  config: z.strictObject({ threads: threads(1), target }),
  create: (ctx) => new JobHooks(ctx, 'copy'),
});
