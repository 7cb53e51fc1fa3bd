import { definePlugin } from '@duet/core';
import { z } from 'zod';
import { JobHooks } from './job-hooks.js';
import { threads } from './job-options.js';

/** Beside `sha256sum`: one thread, as that has. */
export default definePlugin({
  name: 'bench-hash',
  summary: 'measurements: SHA-256 of all bytes',
  core: '^0.1.0',
  config: z.strictObject({ threads: threads(1) }),
  create: (ctx) => new JobHooks(ctx, 'hash'),
});
