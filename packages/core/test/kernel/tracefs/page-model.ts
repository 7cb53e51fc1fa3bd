import { addEach } from '../../../src/model/page-sink.js';
import type { PageSink } from '../../../src/model/page-sink.js';

export interface SinkCall {
  readonly call: 'added' | 'removed' | 'dirtied' | 'flushed' | 'invalidated' | 'unsure' | 'lost';
  readonly dev: number;
  readonly ino: number;
  readonly index: number;
  readonly pages: number;
  readonly timeNs: number;
}

/** Keeps all calls, and what they say about the pages of each inode: a small and slow item table. */
export class PageModel implements PageSink {
  readonly calls: SinkCall[] = [];
  /** By `dev:ino`: cached pages, each with the first page of its folio. */
  readonly #folioOf = new Map<string, Map<number, number>>();
  readonly #dirty = new Map<string, Set<number>>();

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.calls.push({ call: 'added', dev, ino, index, pages, timeNs });
    const folioOf = of(this.#folioOf, dev, ino, () => new Map());
    for (let page = index; page < index + pages; page += 1) folioOf.set(page, index);
  }

  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
    addEach(this, dev, ino, index, pages, firstNs, lastNs);
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.calls.push({ call: 'removed', dev, ino, index, pages, timeNs });
    for (let page = index; page < index + pages; page += 1) {
      of(this.#folioOf, dev, ino, () => new Map()).delete(page);
      of(this.#dirty, dev, ino, () => new Set<number>()).delete(page);
    }
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    this.calls.push({ call: 'dirtied', dev, ino, index, pages: 1, timeNs });
    const dirty = of(this.#dirty, dev, ino, () => new Set<number>());
    dirty.add(index);
    for (const [page, first] of of(this.#folioOf, dev, ino, () => new Map<number, number>())) if (first === index) dirty.add(page);
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.calls.push({ call: 'flushed', dev, ino, index, pages, timeNs });
    const dirty = of(this.#dirty, dev, ino, () => new Set<number>());
    for (const page of dirty) if (page >= index && page < index + pages) dirty.delete(page);
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.calls.push({ call: 'invalidated', dev, ino, index, pages, timeNs });
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    this.calls.push({ call: 'unsure', dev, ino, index: 0, pages: 0, timeNs });
  }

  lost(events: number, timeNs: number): void {
    this.calls.push({ call: 'lost', dev: 0, ino: 0, index: 0, pages: events, timeNs });
  }

  resident(dev: number, ino: number): number[] {
    return sorted(of(this.#folioOf, dev, ino, () => new Map()).keys());
  }

  dirty(dev: number, ino: number): number[] {
    return sorted(of(this.#dirty, dev, ino, () => new Set<number>()));
  }

  of(ino: number): SinkCall[] {
    return this.calls.filter((one) => one.ino === ino);
  }

  /** Forgets the calls, and not the state. */
  clear(): void {
    this.calls.length = 0;
  }
}

function of<T>(map: Map<string, T>, dev: number, ino: number, make: () => T): T {
  const key = `${dev}:${ino}`;
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function sorted(pages: Iterable<number>): number[] {
  return [...pages].sort((a, b) => a - b);
}
