import { lstatSync } from 'node:fs';
import { toBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { ChangeItem } from '../output/item-line.js';

/** Folders of this machine, of which one was made equal to the other. */
export interface Sides {
  readonly source: string;
  readonly target: string;
  /** Name of the folder of unfinished files in the target. */
  readonly unfinished: string;
}

/**
 * Whether a pass that came to its end proves by itself that nothing differs:
 * it found no more to do than to set times of folders and to remove the folder
 * of unfinished files, and these times are the same now. All else it compared
 * and found equal. False also where that cannot be told.
 */
export function onlyFolderTimes(items: readonly ChangeItem[], { source, target, unfinished }: Sides): boolean {
  return items.every(({ flags, name }) => {
    if (flags === '*deleting') return isIn(unfinished, name);
    return flags === '.d..t......' && sameSecond(mtimeMs(source, name), mtimeMs(target, name));
  });
}

function isIn(folder: string, name: string): boolean {
  return name === folder || name.startsWith(`${folder}/`);
}

/** As rsync compares: whole seconds. */
function sameSecond(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && Math.floor(a / 1000) === Math.floor(b / 1000);
}

function mtimeMs(folder: string, name: BytePath): number | undefined {
  return lstatSync(Buffer.concat([Buffer.from(`${folder}/`), toBytes(name)]), { throwIfNoEntry: false })?.mtimeMs;
}
