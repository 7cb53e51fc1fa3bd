import { Disk } from './disk.js';
import { LruCache } from './lru-cache.js';
import type { Setting } from './setting.js';

/** What is known of a unit, as bits: it is being read, or will be; an application has read it since it was cached. */
const ASKED = 1;
const FOREGROUND = 2;

/** Told of what changes. */
export interface StorageListener {
  /** The unit entered the cache or left it. */
  changed(unit: number, sign: 1 | -1): void;
  /** The disk began to read, and will be done after so many milliseconds: `ended` is to be called then. */
  began(takesMs: number): void;
}

/** A disk and a page cache before it, which tasks and applications share. */
export class Storage {
  /** Units that the disk has read for tasks, and for applications. */
  reads = 0;
  foregroundReads = 0;
  readonly #disk: Disk;
  readonly #cache: LruCache;
  readonly #states: Uint8Array;
  readonly #listener: StorageListener;

  constructor({ units, unitBytes, cacheBytes, disk }: Setting, listener: StorageListener) {
    this.#disk = new Disk(disk, unitBytes);
    this.#cache = new LruCache(units, Math.max(Math.floor(cacheBytes / unitBytes), 1), (unit) => this.#left(unit));
    this.#states = new Uint8Array(units);
    this.#listener = listener;
  }

  /** Units that fit into the cache without another's leaving. */
  get free(): number {
    return this.#cache.free;
  }

  /** A task or an application reads the unit; whether it is cached. If not, the disk is asked for it. */
  read(unit: number, foreground: boolean): boolean {
    if (foreground) this.#states[unit] |= FOREGROUND;
    if (this.#cache.has(unit)) {
      this.#cache.use(unit);
      return true;
    }
    if ((this.#states[unit] & ASKED) === 0) {
      this.#states[unit] |= ASKED;
      this.#disk.ask({ unit, foreground });
      this.#begin();
    }
    return false;
  }

  /** The disk has read a unit, which is cached now; gives it. */
  ended(): number {
    const { unit, foreground } = this.#disk.end();
    if (foreground) this.foregroundReads++;
    else this.reads++;
    this.#states[unit] &= ~ASKED;
    this.#cache.use(unit);
    this.#listener.changed(unit, 1);
    this.#begin();
    return unit;
  }

  /** No task needs any more what they brought in: it leaves the cache, unless an application has read it too. */
  drop(unit: number): void {
    if (this.#states[unit] & FOREGROUND || !this.#cache.has(unit)) return;
    this.#cache.remove(unit);
    this.#left(unit);
  }

  #begin(): void {
    const takesMs = this.#disk.begin();
    if (takesMs !== undefined) this.#listener.began(takesMs);
  }

  #left(unit: number): void {
    this.#states[unit] &= ~FOREGROUND;
    this.#listener.changed(unit, -1);
  }
}
