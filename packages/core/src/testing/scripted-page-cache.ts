import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicNs, ThreadScanner } from '../kernel/index.js';
import { nothingReleased } from '../model/index.js';
import type { BytePath, PageSink, ProbeBatch, ProbeTarget, ReleaseBatch, ReleaseTarget, ResidencyColumns, ScanBatch, Scanner, ScanOptions, Source, SourceCounters } from '../model/index.js';

type Event = (sink: PageSink, dev: number) => void;

/**
 * A page cache to script, over a folder of real files.
 *
 * Files, names and content are real; what is cached, dirty or lost is what the
 * test says. Pass it to `runPlugin`, or its `source` and `scanners` to
 * `openDuet`. Paths are relative to the folder; indexes and counts are pages.
 */
export class ScriptedPageCache {
  readonly #folder: string;
  /** Inode to page index to whether the page is dirty. */
  readonly #pages = new Map<number, Map<number, boolean>>();
  readonly #events: Event[] = [];
  #dev: number | undefined;
  #sent = 0;
  #lost = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Pages enter the cache, read from the disk. */
  add(path: string, index = 0, pages = 1): void {
    const ino = this.#ino(path);
    for (let page = index; page < index + pages; page++) this.#of(ino).set(page, this.#of(ino).get(page) ?? false);
    const timeNs = monotonicNs();
    this.#events.push((sink, dev) => sink.added(dev, ino, index, pages, timeNs));
  }

  /** Pages become dirty; those that are not cached enter the cache first. */
  dirty(path: string, index = 0, pages = 1): void {
    const ino = this.#ino(path);
    for (let page = index; page < index + pages; page++) {
      if (!this.#of(ino).has(page)) this.add(path, page, 1);
      this.#of(ino).set(page, true);
      const timeNs = monotonicNs();
      this.#events.push((sink, dev) => sink.dirtied(dev, ino, page, timeNs));
    }
  }

  /** Dirty pages are written to the disk. */
  flush(path: string, index = 0, pages = 1): void {
    const ino = this.#ino(path);
    for (let page = index; page < index + pages; page++) if (this.#of(ino).has(page)) this.#of(ino).set(page, false);
    const timeNs = monotonicNs();
    this.#events.push((sink, dev) => sink.flushed(dev, ino, index, pages, timeNs));
  }

  /** Pages leave the cache. */
  evict(path: string, index = 0, pages = 1): void {
    const ino = this.#ino(path);
    for (let page = index; page < index + pages; page++) this.#of(ino).delete(page);
    const timeNs = monotonicNs();
    this.#events.push((sink, dev) => sink.removed(dev, ino, index, pages, timeNs));
  }

  /** Events that happened and were not delivered yet are lost: at least one is counted. */
  lose(): void {
    const events = Math.max(this.#events.length, 1);
    this.#events.length = 0;
    const timeNs = monotonicNs();
    this.#lost += events;
    this.#events.push((sink) => sink.lost(events, timeNs));
  }

  /** The source of the scripted events. */
  readonly source: Source = {
    kind: 'replay',
    sweeps: false,
    follow: () => undefined,
    drain: (sink) => {
      // Before the first scan nobody knows the files: it finds what is cached.
      if (this.#dev === undefined) return false;
      for (const event of this.#events.splice(0)) {
        this.#sent++;
        event(sink, this.#dev);
      }
      return false;
    },
    counters: (): SourceCounters => ({ events: this.#sent, lost: this.#lost }),
    stop: () => undefined,
  };

  /** Scanners that find the real files, with the scripted pages. */
  readonly scanners = (path: BytePath): Scanner => new ScriptedScanner(new ThreadScanner(path), this);

  /** Takes note of the superblock that events have to name. */
  met(batch: ScanBatch): void {
    this.#dev ??= batch.newFs[0]?.dev;
  }

  /** Clean pages leave the cache, as if somebody had asked the kernel for it. */
  release(targets: readonly ReleaseTarget[]): ReleaseBatch {
    const batch = nothingReleased(targets.length);
    for (const [row, { path, ino, runs }] of targets.entries()) {
      for (let at = 0; at < runs.length; at += 2) {
        for (let page = runs[at]; page < runs[at] + runs[at + 1]; page++) {
          const dirty = this.#of(ino).get(page);
          if (dirty === undefined) continue;
          if (dirty) batch.left[row]++;
          else {
            batch.released[row]++;
            this.evict(path, page);
          }
        }
      }
    }
    return batch;
  }

  /** Cache state of the inodes, one a row; nothing is known of those that were skimmed over. */
  residency(inodes: ArrayLike<number>, isSkimmed: (row: number) => boolean = () => false): ResidencyColumns {
    const count = inodes.length;
    const columns = {
      probedNs: new Float64Array(count).fill(monotonicNs()),
      probedMs: new Float64Array(count).fill(Date.now()),
      resident: new Float64Array(count),
      dirty: new Float64Array(count),
    };
    const runs: number[] = [];
    for (let row = 0; row < count; row++) {
      if (isSkimmed(row)) {
        columns.probedNs[row] = columns.probedMs[row] = 0;
        continue;
      }
      for (const [page, dirty] of [...(this.#pages.get(inodes[row]) ?? [])].sort(([a], [b]) => a - b)) {
        columns.resident[row]++;
        if (dirty) columns.dirty[row]++;
        runs.push(row, page, 1, dirty ? 1 : 0);
      }
    }
    return { ...columns, runs: Float64Array.from(runs) };
  }

  #of(ino: number): Map<number, boolean> {
    let pages = this.#pages.get(ino);
    if (pages === undefined) this.#pages.set(ino, (pages = new Map()));
    return pages;
  }

  #ino(path: string): number {
    return lstatSync(join(this.#folder, path)).ino;
  }
}

/** A real scanner whose cache state is the script's. */
class ScriptedScanner implements Scanner {
  readonly #files: Scanner;
  readonly #cache: ScriptedPageCache;

  constructor(files: Scanner, cache: ScriptedPageCache) {
    this.#files = files;
    this.#cache = cache;
  }

  async *scan(options: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
    for await (const batch of this.#files.scan({ ...options, residency: false })) {
      this.#cache.met(batch);
      // The script says where pages come from: as if the file system had been mounted just now; and whose they are.
      const newFs = batch.newFs.map((fs) => ({ ...fs, mountedAfterMs: Date.now(), residencyKnown: true, sharesNumbers: false }));
      yield { ...batch, newFs, residency: this.#cache.residency(batch.ino.subarray(0, batch.count), (row) => Number.isNaN(batch.physical[row])) };
    }
  }

  async probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch> {
    const batch = await this.#files.probe(targets);
    return { ...batch, residency: this.#cache.residency(targets.map((target) => target.ino)) };
  }

  async release(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch> {
    return this.#cache.release(targets);
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}
