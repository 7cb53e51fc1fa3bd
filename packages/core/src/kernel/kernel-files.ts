import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { toBytes } from '../model/index.js';
import type { BytePath } from '../model/index.js';

/** A short file of the kernel's that is kept open, to be read again and again. */
export interface KernelText {
  /** What stands in it now; undefined if it cannot be read any more. */
  read(): string | undefined;
  close(): void;
}

/** How files of /proc, /sys and control groups are read. Undefined: not there, or not for this user. */
export interface KernelFiles {
  /** The whole file, once. */
  read(path: BytePath): string | undefined;
  /** For files that the kernel writes in one piece, of at most 16 KiB. */
  open(path: BytePath): KernelText | undefined;
}

const TEXT_BYTES = 16384;
const buffer = Buffer.alloc(TEXT_BYTES);

/** Undefined where `action` fails: the file is not there, was removed with its group, or is for others. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Those of this machine. */
export const kernelFiles: KernelFiles = {
  read: (path) => attempt(() => readFileSync(toBytes(path), 'latin1')),
  open: (path) => {
    const fd = attempt(() => openSync(toBytes(path), 'r'));
    if (fd === undefined) return undefined;
    return {
      read: () => attempt(() => buffer.toString('latin1', 0, readSync(fd, buffer, 0, TEXT_BYTES, 0))),
      close: () => closeSync(fd),
    };
  },
};

/** The number behind `name` at the start of a line (`name 123`, `name: 123 kB`); 0 if there is none. */
export function fieldOf(text: string, name: string): number {
  const at = text.startsWith(name) ? 0 : text.indexOf(`\n${name}`) + 1;
  if (at === 0 && !text.startsWith(name)) return 0;
  // parseInt skips the space and stops at the end of the digits.
  const value = Number.parseInt(text.slice(at + name.length, at + name.length + 32), 10);
  return Number.isNaN(value) ? 0 : value;
}
