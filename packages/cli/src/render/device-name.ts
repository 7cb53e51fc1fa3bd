import { lstatSync } from 'node:fs';
import { joinPath, toBytes } from '@duet/core/model';
import type { BytePath, FileRef } from '@duet/core';

/** `st_dev` as `major:minor`. */
export function deviceName(dev: number): string {
  const device = BigInt(dev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

/**
 * Tells the device of files below `root`, as `stat` has it; asks once for each
 * file system. For a file that is gone before one of its file system was
 * asked for, the device of `root`.
 */
export function deviceNames(root: BytePath): (file: FileRef) => string {
  const known = new Map<string, string>();
  const rootName = deviceOf(root) ?? '0:0';
  return (file) => {
    const cached = known.get(file.id.fs);
    if (cached !== undefined) return cached;
    const name = file.path === '' ? undefined : deviceOf(joinPath(root, file.path));
    if (name !== undefined) known.set(file.id.fs, name);
    return name ?? rootName;
  };
}

function deviceOf(path: BytePath): string | undefined {
  const dev = lstatSync(toBytes(path), { throwIfNoEntry: false })?.dev;
  return dev === undefined ? undefined : deviceName(dev);
}
