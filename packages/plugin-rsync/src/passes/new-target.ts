import { readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BytePath } from '@duet/core';
import type { Mirror } from '../mirror.js';
import { hasFilters } from '../options.js';
import type { RsyncOptions } from '../options.js';
import type { Survey } from './survey.js';

/**
 * What a folder of this machine needs that is not there yet, or is empty: all,
 * so that rsync need not be asked. Undefined where it has to be, because the
 * options leave something out that only rsync can tell. As bytes count those
 * in use on the file system of the source: an upper bound, if nothing is
 * mounted below it.
 */
export function newTarget({ source, unfinished }: Pick<Mirror, 'source' | 'unfinished'>, options: RsyncOptions): Survey | undefined {
  const { target, hardLinks, oneFileSystem } = options;
  if (hasFilters(options) || hardLinks || oneFileSystem || target.kind !== 'local' || !isNew(target.path)) return undefined;
  const { blocks, bfree, bsize } = statfsSync(source);
  return { needs: (name: BytePath) => !name.startsWith(`${unfinished}/`), files: Infinity, bytes: (blocks - bfree) * bsize };
}

/** Whether rsync would make the folder, or find nothing in it. */
function isNew(folder: string): boolean {
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    return found === undefined ? statSync(dirname(folder)).isDirectory() : readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}
