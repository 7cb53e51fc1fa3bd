import { eventNames, joinPath } from '@duet/core/model';
import type { BytePath, Item, MountChange } from '@duet/core';
import { pathFields } from './json-line.js';
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

/** The fields of its JSON line; `ino` is text because programs read numbers as floats, `changed` comes with state-based masks. */
export function watchFields(item: Item, { root, absolute }: WatchLineOptions): Readonly<Record<string, unknown>> {
  const { file, index, pages, events, changed } = item;
  return {
    ino: String(file.id.ino),
    gen: file.id.gen,
    dev: deviceName(file.dev),
    index,
    pages,
    events: eventNames(events),
    ...(changed === 0 ? {} : { changed: eventNames(changed) }),
    ...pathFields(file.path),
    ...(absolute ? { absolutePath: pathFields(joinPath(root, file.path)).path } : {}),
  };
}

/** A mount that came or went, in the columns of items: `JOINED  ext4  /srv/photos/disk`. */
export function mountTextLine({ type, fsType, mountPoint }: MountChange): string {
  return `${type.toUpperCase().padEnd(14)} ${fsType.padEnd(15)} ${printablePath(mountPoint)}\n`;
}

/** The fields of its JSON line; `path` is absolute. */
export function mountFields(change: MountChange): Readonly<Record<string, unknown>> {
  const { type, fsType, mountPoint } = change;
  return { type, fsType, ...pathFields(mountPoint), ...(type === 'left' ? { code: change.reason.code } : {}) };
}

/** A device number in the kernel's encoding, as files under /proc and /sys spell it. */
function deviceName(dev: number): string {
  return `${Math.floor(dev / 0x100000)}:${dev % 0x100000}`;
}
