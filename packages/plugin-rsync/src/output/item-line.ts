import type { BytePath } from '@duet/core';
import { unescapeName } from './escaped-name.js';

/** What the `--out-format` is that `parseItem` reads. */
export const ITEM_FORMAT = '%i %l %n';

/**
 * What rsync does with an entry, as `--itemize-changes` says it.
 *
 * @see https://download.samba.org/pub/rsync/rsync.1#opt--itemize-changes
 */
export interface ChangeItem {
  /** The first letter: `<` sent, `>` received, `c` made, `h` hard-linked, `.` only attributes, `*` a message. */
  readonly update: string;
  /** The second: `f` file, `d` folder, `L` symbolic link, `D` device, `S` special file; for a message its word. */
  readonly kind: string;
  /** Length of the file in bytes. */
  readonly bytes: number;
  /** Relative to the source, without a slash at the end; '' for the source itself. */
  readonly name: BytePath;
  /** What changes, as rsync writes it: eleven characters. */
  readonly flags: string;
}

const ITEM = /^([<>ch.])([fdLDS])([^ ]{9}) +(\d+) (.*)$/s;
const DELETED = /^\*deleting +(\d+) (.*)$/s;

/** The change that a line of output tells; undefined for a line that tells none. */
export function parseItem(line: string): ChangeItem | undefined {
  const item = ITEM.exec(line);
  if (item !== null) {
    const [, update, kind, changes, bytes, name] = item;
    return { update, kind, bytes: Number(bytes), name: plainName(name), flags: `${update}${kind}${changes}` };
  }
  const deleted = DELETED.exec(line);
  return deleted === null ? undefined : { update: '*', kind: 'deleting', bytes: 0, name: plainName(deleted[2]), flags: '*deleting' };
}

/** Whether the content of a regular file has to be transferred. */
export function needsData({ update, kind }: ChangeItem): boolean {
  return (update === '<' || update === '>') && kind === 'f';
}

function plainName(printed: string): BytePath {
  const name = unescapeName(printed.endsWith('/') ? printed.slice(0, -1) : printed);
  return name === '.' ? ('' as BytePath) : name;
}
