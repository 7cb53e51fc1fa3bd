import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DuetError, fromText, isUnder, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { RsyncOptions } from '../options.js';

/**
 * Refuses a folder as target that lies in the source, which would be mirrored
 * into itself, and one that the source lies in if deletions are wanted.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_OPTION`
 */
export function checkPlaces(source: BytePath, { target, delete: deletes }: RsyncOptions): void {
  if (target.kind !== 'local') return;
  const folder = fromText(realPath(target.path));
  if (isUnder(folder, source)) throw overlap(`the target, ${toDisplay(folder)}, is in the source, ${toDisplay(source)}`);
  if (deletes && isUnder(source, folder)) throw overlap(`the source, ${toDisplay(source)}, is in the target, ${toDisplay(folder)}, and would be deleted there`);
}

/** Without symbolic links, as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function overlap(message: string): DuetError {
  return new DuetError('DUET_ERR_PLUGIN_OPTION', { operation: 'check source and target', message, hint: 'choose folders of which neither is in the other' });
}
