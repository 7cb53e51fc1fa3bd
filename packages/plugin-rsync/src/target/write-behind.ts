import { closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { fromText, Root } from '@duet/core';
import type { BytePath } from '@duet/core';
import { ReadMode, ReadTurns } from '@duet/core/kernel/read';
import { Advice, close, fadvise } from '@duet/core/kernel/syscalls';
import { GENTLE_WRITE_BYTES } from '@duet/core/kernel/write';
import { syncFileSystem } from './sync.js';
import { writeOut } from './write-out.js';

/** How often it is looked what rsync has written, in milliseconds. */
const LOOK_MS = 10;
const DOT = 0x2e;
/** Less is not worth a write of its own. */
const PIECE_BYTES = 2 ** 20;

/** A file that rsync writes, or wrote. */
interface Written {
  readonly fd: number;
  /** Up to here it is on the disk, and has left the cache. */
  doneBytes: number;
  isBusy: boolean;
}

/**
 * Lets what rsync writes into a folder leave the page cache soon, as far as it
 * is on the disk: the cache belongs to what is read. Only pages of files that
 * are being written by this mirror are touched.
 */
export class WriteBehind {
  readonly #target: string;
  readonly #unfinished: string;
  readonly #written = new Map<number, Written>();
  readonly #turns = ReadTurns.ofProcess();
  readonly #timer: NodeJS.Timeout;

  /** `unfinished`: path of the folder in which files are while they are written. */
  constructor(target: string, unfinished: string) {
    this.#target = target;
    this.#unfinished = unfinished;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Files of the target, by their names in it, have been written: their pages go once they are on the disk. */
  async drop(names: readonly BytePath[]): Promise<void> {
    await syncFileSystem(this.#target);
    const root = Root.open(fromText(this.#target));
    try {
      for (const name of names) {
        const fd = root.openFile(name);
        if (fd < 0) continue;
        fadvise(fd, 0, 0, Advice.DONTNEED);
        close(fd);
      }
    } finally {
      root.close();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { fd } of this.#written.values()) closeSync(fd);
    this.#written.clear();
  }

  #look(): void {
    const present = new Set<number>();
    for (const name of namesIn(this.#unfinished)) {
      const file = openWritten(Buffer.concat([Buffer.from(`${this.#unfinished}/`), name]));
      if (file === undefined) continue;
      present.add(file.ino);
      if (this.#written.has(file.ino)) closeSync(file.fd);
      else this.#written.set(file.ino, { fd: file.fd, doneBytes: 0, isBusy: false });
    }
    for (const [ino, file] of this.#written) {
      if (file.isBusy) continue;
      const writtenBytes = fstatSync(file.fd).size;
      // What is whole has been moved to its place.
      const isWhole = !present.has(ino);
      if (writtenBytes - file.doneBytes >= PIECE_BYTES) void this.#writeOut(file, Math.min(writtenBytes, file.doneBytes + (this.#turns.mode === ReadMode.GENTLE ? GENTLE_WRITE_BYTES : Infinity)));
      else if (isWhole) {
        closeSync(file.fd);
        this.#written.delete(ino);
      }
    }
  }

  async #writeOut(file: Written, toBytes: number): Promise<void> {
    const { doneBytes, fd } = file;
    file.isBusy = true;
    // A failure is told by the sync of whoever wants to be sure.
    await writeOut(fd, doneBytes, toBytes - doneBytes);
    file.isBusy = false;
    if (![...this.#written.values()].includes(file)) return;
    fadvise(fd, doneBytes, toBytes - doneBytes, Advice.DONTNEED);
    file.doneBytes = toBytes;
  }
}

/** Names of what rsync is writing there: they begin with a dot. */
function namesIn(folder: string): Buffer[] {
  try {
    return readdirSync(folder, { encoding: 'buffer' }).filter(([first]) => first === DOT);
  } catch {
    return [];
  }
}

/** The file, if it is a regular one and still there. */
function openWritten(path: Buffer): { fd: number; ino: number } | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, ino: stat.ino };
  closeSync(fd);
  return undefined;
}
