import { entryTaker, NO_ENTRIES } from '../content/content-entries.js';
import type { KnownContent, MetFile } from './tree-messages.js';
import type { BytePath } from '@duet/core/model';
import { joinBytes } from '../join-bytes.js';

/* Files and what is known of them on their way between threads: a column for each field, for an object for each file, and a string for each path, takes several times as long. */

const USES = ['content', 'bare', 'read', 'omit'] as const;
/** No path has it. */
const BETWEEN = '\0';

export interface FileColumns {
  /** The paths, with a NUL between them. */
  readonly paths: string;
  /** Inode number, `st_dev` and size of each. */
  readonly numbers: Float64Array;
  /** mtime and ctime of each. */
  readonly times: BigInt64Array;
}

export interface ContentColumns {
  /** Places in `USES`. */
  readonly uses: Uint8Array;
  /** Size and bytes of the entries of each. */
  readonly numbers: Float64Array;
  /** mtime and ctime of each. */
  readonly times: BigInt64Array;
  /** The entries of all of them, joined. */
  readonly entries: Uint8Array;
}

export function fileColumns(files: readonly MetFile[]): FileColumns {
  const numbers = new Float64Array(files.length * 3);
  const times = new BigInt64Array(files.length * 2);
  const paths: BytePath[] = [];
  for (const [i, { path, ino, statDev, size, mtimeNs, ctimeNs }] of files.entries()) {
    paths.push(path);
    numbers[i * 3] = ino;
    numbers[i * 3 + 1] = statDev;
    numbers[i * 3 + 2] = size;
    times[i * 2] = mtimeNs;
    times[i * 2 + 1] = ctimeNs;
  }
  return { paths: paths.join(BETWEEN), numbers, times };
}

export function filesOf({ paths, numbers, times }: FileColumns): MetFile[] {
  if (numbers.length === 0) return [];
  return (paths.split(BETWEEN) as BytePath[]).map((path, i) => ({ path, ino: numbers[i * 3], statDev: numbers[i * 3 + 1], size: numbers[i * 3 + 2], mtimeNs: times[i * 2], ctimeNs: times[i * 2 + 1] }));
}

export function contentColumns(contents: readonly KnownContent[]): ContentColumns {
  const uses = new Uint8Array(contents.length);
  const numbers = new Float64Array(contents.length * 2);
  const times = new BigInt64Array(contents.length * 2);
  for (const [i, known] of contents.entries()) {
    uses[i] = USES.indexOf(known.use);
    if ('entries' in known) numbers[i * 2 + 1] = known.entries.length;
    if (known.use !== 'content') continue;
    numbers[i * 2] = known.size;
    times[i * 2] = known.mtimeNs;
    times[i * 2 + 1] = known.ctimeNs;
  }
  return { uses, numbers, times, entries: joinBytes(contents.map((known) => ('entries' in known ? known.entries : NO_ENTRIES))) };
}

export function contentsOf({ uses, numbers, times, entries }: ContentColumns): KnownContent[] {
  const take = entryTaker(entries);
  return Array.from(uses, (place, i): KnownContent => {
    const use = USES[place];
    if (use === 'bare') return { use, entries: take(numbers[i * 2 + 1]) };
    return use === 'content' ? { use, size: numbers[i * 2], mtimeNs: times[i * 2], ctimeNs: times[i * 2 + 1], entries: take(numbers[i * 2 + 1]) } : { use };
  });
}
