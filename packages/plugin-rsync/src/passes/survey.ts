import type { BytePath } from '@duet/core';
import type { Rsync } from '../command/rsync.js';
import { needsData } from '../output/item-line.js';

/** What has to be transferred before source and target are equal. */
export interface Survey {
  /** Whether the content of a regular file is needed. */
  needs(name: BytePath): boolean;
  /** How many are; Infinity: not known. */
  readonly files: number;
  /** Their bytes at most. */
  readonly bytes: number;
}

/**
 * Asks rsync what it would transfer. It compares sizes and times, and reads no
 * content unless the options say so. Of the names of one file with several any
 * may come first, so all count.
 */
export async function survey(rsync: Rsync, args: readonly string[]): Promise<Survey> {
  const needed = new Set<BytePath>();
  let bytes = 0;
  await rsync.run('compare source and target', args, {
    onItem: (item) => {
      // Told again where the connection was lost.
      if (needed.has(item.name)) return;
      if (needsData(item)) bytes += item.bytes;
      else if (item.update !== 'h' || item.kind !== 'f') return;
      needed.add(item.name);
    },
  });
  return { needs: (name) => needed.has(name), files: needed.size, bytes };
}
