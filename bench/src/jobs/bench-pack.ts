import { definePlugin } from '@duet/core';
import { z } from 'zod';
import { JobHooks } from './job-hooks.js';
import { target, threads } from './job-options.js';

/** Beside `restic backup`: the slow one. Two threads, as restic saves two files at once. */
export default definePlugin({
  name: 'bench-pack',
  summary: 'measurements: chunk, compress, encrypt and write packs',
  core: '^0.1.0',
  config: z.strictObject({ threads: threads(2), target }),
  create: (ctx) => new JobHooks(ctx, 'pack'),
});
