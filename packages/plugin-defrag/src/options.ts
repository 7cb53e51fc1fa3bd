import { z } from 'zod';
import { duration, globs, size } from '@duet/core/options';

const flag = z.union([z.boolean(), z.stringbool()]);

/** From this length on a file is worth it, in bytes. */
export const MIN_BYTES = 2 ** 20;
/** From so many pieces on. */
export const MIN_EXTENTS = 4;

/** Options of defrag; on the command line `--set defrag.maxBytes=10G`. */
export const defragOptions = z.strictObject({
  minBytes: size.default(MIN_BYTES).describe('leave smaller files alone; default: 1M'),
  minExtents: z.coerce.number().int().min(2).default(MIN_EXTENTS).describe('leave files in fewer pieces alone; default: 4'),
  maxFiles: z.coerce.number().int().min(1).optional().describe('so many files suffice: those that are cached, or read by others, come first; default: all'),
  maxBytes: size.optional().describe('so many bytes suffice, such as 10G; default: all'),
  maxTime: duration.optional().describe('end the run after this time, such as 2h; what is not cached is read only if time gets short; default: no limit'),
  shared: flag.default(false).describe('move extents too that other files or snapshots share, which then take the space twice; default: false'),
  verify: flag.default(false).describe('read each file back from the disk, past the cache, and compare; default: false, compare through the cache'),
  exclude: globs.optional().describe('globs of files and folders to leave out, with commas between them; default: none'),
});

export type DefragOptions = z.output<typeof defragOptions>;
