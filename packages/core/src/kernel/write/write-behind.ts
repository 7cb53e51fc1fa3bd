import { closeSync, fdatasyncSync, writeSync } from 'node:fs';
import { ReadMode, ReadTurns } from '../read/read-turns.js';
import { Advice, fadvise, SyncRange, syncFileRange } from '../syscalls/index.js';

/** A descriptor may be kept open for its last sync; more are not worth a longer list. */
const MOST_UNSYNCED = 64;

interface Range {
  readonly offset: number;
  readonly bytes: number;
}

/** Bytes that may be on their way to the disk before the oldest of them are waited for. */
const IN_FLIGHT_BYTES = 4 * 1024 * 1024;

/** What is written at once beside others who want to wait for next to nothing: it may be the disk that they read. */
export const GENTLE_WRITE_BYTES = 128 * 1024;

/**
 * Writes a file from an offset on, and lets what was written leave the page
 * cache soon: the cache belongs to what is read. While pieces go to the disk,
 * those written some MiB before are waited for and dropped. Where reading is
 * gentle, so is writing: it may be the same disk. For threads other than the
 * main one.
 */
export class WriteBehind {
  #at: number;
  readonly #turns = ReadTurns.ofProcess();
  readonly #inFlight: Range[] = [];
  #inFlightBytes = 0;

  constructor(
    readonly fd: number,
    offset: number,
  ) {
    this.#at = offset;
  }

  write(piece: Uint8Array): void {
    if (this.#turns.mode === ReadMode.GENTLE) {
      for (let done = 0; done < piece.length; done += GENTLE_WRITE_BYTES) this.#writeGently(piece.subarray(done, done + GENTLE_WRITE_BYTES));
    } else {
      this.#write(piece);
    }
  }

  /** Little, nothing beside it, and a rest afterwards. */
  #writeGently(piece: Uint8Array): void {
    const startMs = performance.now();
    this.#write(piece);
    for (const range of this.#inFlight.splice(0)) this.#drop(range);
    this.#turns.rest(performance.now() - startMs);
  }

  #write(piece: Uint8Array): void {
    for (let done = 0; done < piece.length; ) done += writeSync(this.fd, piece, done, piece.length - done, this.#at + done);
    const range = { offset: this.#at, bytes: piece.length };
    // Advice only: what it does not achieve, the sync at the end does.
    syncFileRange(this.fd, range.offset, range.bytes, SyncRange.START);
    this.#inFlight.push(range);
    this.#inFlightBytes += range.bytes;
    while (this.#inFlight.length > 1 && this.#inFlightBytes > IN_FLIGHT_BYTES) this.#drop(this.#inFlight.shift()!);
    this.#at += piece.length;
  }

  #drop({ offset, bytes }: Range): void {
    syncFileRange(this.fd, offset, bytes, SyncRange.START_AND_WAIT);
    fadvise(this.fd, offset, bytes, Advice.DONTNEED);
    this.#inFlightBytes -= bytes;
  }
}

/** Written files that are not known to be on the disk; kept open until they are. */
export class UnsyncedFiles {
  readonly #fds: number[] = [];

  /** Takes over the descriptor. */
  add(fd: number): void {
    this.#fds.push(fd);
    if (this.#fds.length >= MOST_UNSYNCED) this.sync();
  }

  /** Makes all of them durable, out of the cache, and closes them. */
  sync(): void {
    for (const fd of this.#fds.splice(0)) {
      fdatasyncSync(fd);
      fadvise(fd, 0, 0, Advice.DONTNEED);
      closeSync(fd);
    }
  }
}
