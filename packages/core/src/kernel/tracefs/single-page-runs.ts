import type { PageSink } from '../../model/page-sink.js';

/**
 * Joins single pages that enter the cache one behind the other, as a file that
 * is read does in file systems without large folios: what comes after it gets
 * one call for many events. `flush` hands on the last run.
 */
export class SinglePageRuns implements PageSink {
  /** Set before events come. */
  declare target: PageSink;
  #dev = 0;
  #ino = 0;
  #index = 0;
  #pages = 0;
  #firstNs = 0;
  #lastNs = 0;

  flush(): void {
    const pages = this.#pages;
    if (pages === 0) return;
    this.#pages = 0;
    if (pages === 1) this.target.added(this.#dev, this.#ino, this.#index, 1, this.#firstNs);
    else this.target.addedSingly(this.#dev, this.#ino, this.#index, pages, this.#firstNs, this.#lastNs);
  }

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    if (pages === 1) this.addedSingly(dev, ino, index, 1, timeNs, timeNs);
    else {
      this.flush();
      this.target.added(dev, ino, index, pages, timeNs);
    }
  }

  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
    if (index !== this.#index + this.#pages || ino !== this.#ino || dev !== this.#dev || this.#pages === 0) {
      this.flush();
      this.#dev = dev;
      this.#ino = ino;
      this.#index = index;
      this.#firstNs = firstNs;
    }
    this.#pages += pages;
    this.#lastNs = lastNs;
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.flush();
    this.target.removed(dev, ino, index, pages, timeNs);
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    this.flush();
    this.target.dirtied(dev, ino, index, timeNs);
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.flush();
    this.target.flushed(dev, ino, index, pages, timeNs);
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.flush();
    this.target.invalidated(dev, ino, index, pages, timeNs);
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    this.flush();
    this.target.unsure(dev, ino, timeNs);
  }

  lost(events: number, timeNs: number): void {
    this.flush();
    this.target.lost(events, timeNs);
  }
}
