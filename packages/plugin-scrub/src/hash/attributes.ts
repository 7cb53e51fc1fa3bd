import koffi from 'koffi';
import { NativeBuffer } from '@duet/core/kernel/syscalls';
import { SHATAG_SHA256, SHATAG_TS } from './shatag.js';
import type { ShatagText } from './hash-job.js';

const libc = koffi.load(null);
const cGet = libc.func('intptr_t fgetxattr(int fd, intptr_t name, intptr_t value, uintptr_t size)');
const cSet = libc.func('int fsetxattr(int fd, intptr_t name, intptr_t value, uintptr_t size, int flags)');

/** Longer values are none of cshatag's. */
const VALUE_BYTES = 128;
const NO_TIME = '0.000000000';
const value = new NativeBuffer(VALUE_BYTES);
const names = { sha256: nameOf(SHATAG_SHA256), ts: nameOf(SHATAG_TS) };

/** The attributes of cshatag on an open file; absent where there is none, or none that could be read. */
export function readAttributes(fd: number): ShatagText {
  return { sha256: read(fd, names.sha256), ts: read(fd, names.ts) };
}

/**
 * Writes both; 0, or negative errno. Cut short by a crash, they are of no
 * file's mtime: outdated, and not wrong.
 */
export function writeAttributes(fd: number, sha256: string, ts: string): number {
  const failed = write(fd, names.ts, NO_TIME) || write(fd, names.sha256, sha256);
  return failed || write(fd, names.ts, ts);
}

function read(fd: number, name: NativeBuffer): string | undefined {
  const length = cGet(fd, name.address, value.address, VALUE_BYTES) as number;
  return length < 0 ? undefined : value.bytes.toString('latin1', 0, length);
}

function write(fd: number, name: NativeBuffer, text: string): number {
  value.bytes.write(text, 'latin1');
  return cSet(fd, name.address, value.address, text.length, 0) === -1 ? -koffi.errno() : 0;
}

function nameOf(name: string): NativeBuffer {
  const buffer = new NativeBuffer(name.length + 1);
  buffer.bytes.write(`${name}\0`, 'latin1');
  return buffer;
}
