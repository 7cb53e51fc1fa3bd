import type { PageSink } from '../model/page-sink.js';

/** Passes events on to `target`, and counts them. */
export class CountingSink implements PageSink {
  /** Events passed on. */
  events = 0;
  /** Events that it was told were lost. */
  lostEvents = 0;
  /** Set before events come. */
  declare target: PageSink;

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.events += 1;
    this.target.added(dev, ino, index, pages, timeNs);
  }

  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
    this.events += pages;
    this.target.addedSingly(dev, ino, index, pages, firstNs, lastNs);
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.events += 1;
    this.target.removed(dev, ino, index, pages, timeNs);
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    this.events += 1;
    this.target.dirtied(dev, ino, index, timeNs);
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.events += 1;
    this.target.flushed(dev, ino, index, pages, timeNs);
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.target.invalidated(dev, ino, index, pages, timeNs);
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    this.target.unsure(dev, ino, timeNs);
  }

  lost(events: number, timeNs: number): void {
    this.lostEvents += events;
    this.target.lost(events, timeNs);
  }
}
