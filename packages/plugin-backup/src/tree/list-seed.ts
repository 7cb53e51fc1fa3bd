import { createHash } from 'node:crypto';
import { isAdmin } from '@duet/core/kernel/syscalls';
import { CORE_VERSION } from '@duet/core/model';
import type { SelectionOptions } from '../select/selection.js';

/** To be raised when lists are spelled otherwise, or are told by something else. */
const FORMAT = 1;
/** Years whose months tell the time zone. */
const [FIRST_YEAR, LAST_YEAR] = [1970, 2037];

/**
 * What lists depend on beside what is in the folders: what is left out, the
 * time zone that times are spelled in, which attributes this process sees, and
 * the version of this program and the `format` that lists have. Not on which file systems hold no data: folders
 * with something mounted in them are not remembered.
 */
export function listSeed({ exclude, runExclude, tags, oneFileSystem }: Omit<SelectionOptions, 'pseudoDevs'>, format = FORMAT): Buffer {
  const offsets: number[] = [];
  for (let month = 0; month < (LAST_YEAR - FIRST_YEAR + 1) * 12; month++) offsets.push(new Date(FIRST_YEAR, month, 1).getTimezoneOffset());
  return createHash('sha256').update(JSON.stringify([format, CORE_VERSION, exclude, runExclude, tags, oneFileSystem, isAdmin(), offsets])).digest();
}
