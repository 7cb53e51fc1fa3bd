import { read } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FileStat, Unit } from '../model/index.js';
import { FileReadError, LOST_MS, ReadMode, ReadTurns, residentBytes, vanished } from '../kernel/read/index.js';
import type { Root } from '../kernel/read/index.js';
import { Advice, close, fadvise, ENOENT, ENOTDIR, ELOOP, EXDEV, EIO, Stat } from '../kernel/syscalls/index.js';
import type { FileReader } from './file-reader.js';

/** How often it is tried to get a turn. */
const TURN_WAIT_MS = 2;
const PIECE_BYTES = 2 ** 20;
const GONE = new Set([-ENOENT, -ENOTDIR, -ELOOP, -EXDEV]);
const readAsync = promisify(read);

/** Reads files below a root for plugins that do not read by themselves; content comes through the page cache. */
export class DiskFileReader implements FileReader {
  readonly #root: Root;
  readonly #stat = new Stat();
  readonly #turns = ReadTurns.ofProcess();

  constructor(root: Root) {
    this.#root = root;
  }

  async *read(unit: Unit, cost: (fromCache: number, fromDisk: number) => void, signal: AbortSignal, into?: Buffer): AsyncGenerator<Buffer, void, undefined> {
    const fd = this.#open(unit);
    try {
      let cachedLeft = residentBytes(fd, unit.offset, unit.bytes) ?? 0;
      const end = unit.offset + unit.bytes;
      for (let at = unit.offset; at < end; ) {
        signal.throwIfAborted();
        const isCareful = this.#turns.mode !== ReadMode.FREE && (residentBytes(fd, at, Math.min(this.#turns.bytes, end - at)) ?? 0) < Math.min(this.#turns.bytes, end - at);
        if (isCareful) await this.#turn(fd, signal);
        const pieceBytes = Math.min(into?.length ?? PIECE_BYTES, isCareful ? this.#turns.bytes : Infinity, end - at);
        const piece = into?.subarray(0, pieceBytes) ?? Buffer.allocUnsafe(pieceBytes);
        const { bytesRead } = await readAsync(fd, piece, 0, piece.length, at)
          .catch((error: NodeJS.ErrnoException) => {
            throw new FileReadError(unit.file.path, error.errno ?? -EIO, 'read', at);
          })
          .finally(() => isCareful && this.#turns.pass());
        if (bytesRead === 0) return;
        const fromCache = Math.min(cachedLeft, bytesRead);
        cachedLeft -= fromCache;
        cost(fromCache, bytesRead - fromCache);
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      close(fd);
    }
  }

  stat(unit: Unit): FileStat | undefined {
    const fd = this.#root.locate(unit.file.path);
    if (fd < 0) return undefined;
    try {
      return this.#isSame(fd, unit) ? this.#stat.snapshot : undefined;
    } finally {
      close(fd);
    }
  }

  close(): void {
    this.#root.close();
  }

  async #turn(fd: number, signal: AbortSignal): Promise<void> {
    fadvise(fd, 0, 0, Advice.RANDOM);
    const sinceMs = performance.now();
    while (!this.#turns.tryTake() && performance.now() - sinceMs < LOST_MS) {
      signal.throwIfAborted();
      await sleep(TURN_WAIT_MS);
    }
  }

  #open(unit: Unit): number {
    const { path } = unit.file;
    const fd = this.#root.openFile(path);
    if (GONE.has(fd)) throw vanished(path, 'is no longer there', fd);
    if (fd < 0) throw new FileReadError(path, fd, 'open');
    if (this.#isSame(fd, unit)) return fd;
    close(fd);
    throw vanished(path, 'is another file now');
  }

  #isSame(fd: number, { file }: Unit): boolean {
    return this.#stat.read(fd) === 0 && this.#stat.ino === file.id.ino && this.#stat.dev === file.dev;
  }
}
