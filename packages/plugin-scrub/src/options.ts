import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { duration, globs, size } from '@duet/core/options';

/** Most threads that are taken without being asked for: two cores hash faster than most disks read. */
const DEFAULT_MAX_THREADS = 4;

/** Options of scrub; on the command line `--set scrub.olderThan=30d`. */
export const scrubOptions = z.strictObject({
  olderThan: duration.optional().describe('only files not verified for this long, such as 30d, and those never verified; default: all'),
  maxBytes: size.optional().describe('end the run after this many bytes, such as 10G; the next run goes on there; default: no limit'),
  maxTime: duration.optional().describe('end the run after this time, such as 2h; the next run goes on there; default: no limit'),
  exclude: globs.optional().describe('globs of files and folders to leave out, with commas between them; default: none'),
  xattrs: z
    .union([z.boolean(), z.stringbool()])
    .default(false)
    .describe('compare with, and keep up to date, the attributes user.shatag.sha256 and user.shatag.ts, as cshatag does; default: false'),
  threads: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => Math.min(availableParallelism(), DEFAULT_MAX_THREADS))
    .describe('hashing threads; default: one a core, at most 4'),
});

export type ScrubOptions = z.output<typeof scrubOptions>;
