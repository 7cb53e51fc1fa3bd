import { eventNames, joinPath } from '@duet/core/model';
import type { BytePath, Item } from '@duet/core';
import { jsonLine, pathFields } from './json-line.js';
import { printablePath } from './printable.js';

/** How paths of a watch are shown. */
export interface WatchLineOptions {
  readonly root: BytePath;
  /** Absolute paths rather than relative to the root. */
  readonly absolute: boolean;
}

/** An item for people: `ADDED  12..43  folder/file`; a state that ended has a minus: `-EXISTS`. */
export function watchTextLine(item: Item, { root, absolute }: WatchLineOptions): string {
  const { file, index, pages, events, changed } = item;
  const names = [...eventNames(events), ...eventNames(changed & ~events).map((name) => `-${name}`)].join('+').toUpperCase();
  const range = pages === 1 ? `${index}` : `${index}..${index + pages - 1}`;
  const path = absolute || file.path === '' ? joinPath(root, file.path) : file.path;
  const shown = file.path === '' ? `${printablePath(root)} (inode ${file.id.ino})` : printablePath(path);
  return `${names.padEnd(14)} ${range.padEnd(15)} ${shown}\n`;
}

/** The same as a JSON line. */
export function watchJsonLine(item: Item, options: WatchLineOptions & { readonly dev: string }): string {
  return jsonLine(watchFields(item, options));
}

/** The fields of its JSON line; `ino` is text because programs read numbers as floats, `changed` comes with state-based masks. */
export function watchFields(item: Item, { dev, root, absolute }: WatchLineOptions & { readonly dev: string }): Readonly<Record<string, unknown>> {
  const { file, index, pages, events, changed } = item;
  return {
    ino: String(file.id.ino),
    gen: file.id.gen,
    dev,
    index,
    pages,
    events: eventNames(events),
    ...(changed === 0 ? {} : { changed: eventNames(changed) }),
    ...pathFields(file.path),
    ...(absolute ? { absolutePath: pathFields(joinPath(root, file.path)).path } : {}),
  };
}
