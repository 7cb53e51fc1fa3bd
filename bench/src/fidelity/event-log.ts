import { addEach } from '@duet/core/model';
import type { PageSink, Source, SourceCounters } from '@duet/core';

/** Events remembered. */
const CAPACITY = 1 << 20;
const KINDS = ['added', 'removed', 'dirty', 'flushed', 'invalidated', 'unsure', 'lost'] as const;

/** A source that remembers the last events it handed out, to print those of a file that differs. */
export class EventLog implements Source {
  readonly kind;
  readonly sweeps;
  readonly #inner: Source;
  readonly #kind = new Uint8Array(CAPACITY);
  readonly #ino = new Float64Array(CAPACITY);
  readonly #index = new Float64Array(CAPACITY);
  readonly #pages = new Float64Array(CAPACITY);
  readonly #timeNs = new Float64Array(CAPACITY);
  #count = 0;
  #sink: PageSink | undefined;
  #tee: PageSink | undefined;

  constructor(inner: Source) {
    this.#inner = inner;
    this.kind = inner.kind;
    this.sweeps = inner.sweeps;
  }

  follow(fs: { readonly dev: number; readonly fsType: string }): void {
    this.#inner.follow(fs);
  }

  drain(sink: PageSink, budgetMs: number): boolean {
    if (sink !== this.#sink) {
      this.#sink = sink;
      this.#tee = this.#teeOf(sink);
    }
    return this.#inner.drain(this.#tee!, budgetMs);
  }

  counters(): SourceCounters {
    return this.#inner.counters();
  }

  stop(): void {
    this.#inner.stop();
  }

  /** The last `most` events of an inode, and losses, as lines of a history. */
  linesOf(ino: number, most: number): string[] {
    const lines: string[] = [];
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - CAPACITY) && lines.length < most; i--) {
      const at = i % CAPACITY;
      if (this.#ino[at] !== ino && KINDS[this.#kind[at]] !== 'lost') continue;
      lines.push(`${(this.#timeNs[at] / 1e6).toFixed(3)} event ${KINDS[this.#kind[at]]} ${this.#index[at]}+${this.#pages[at]}`);
    }
    return lines.reverse();
  }

  #note(kind: number, ino: number, index: number, pages: number, timeNs: number): void {
    const at = this.#count++ % CAPACITY;
    this.#kind[at] = kind;
    this.#ino[at] = ino;
    this.#index[at] = index;
    this.#pages[at] = pages;
    this.#timeNs[at] = timeNs;
  }

  #teeOf(sink: PageSink): PageSink {
    return {
      added: (dev, ino, index, pages, timeNs) => {
        this.#note(0, ino, index, pages, timeNs);
        sink.added(dev, ino, index, pages, timeNs);
      },
      addedSingly: (dev, ino, index, pages, firstNs, lastNs) => {
        addEach({ added: (_dev, _ino, page, one, timeNs) => this.#note(0, ino, page, one, timeNs) }, dev, ino, index, pages, firstNs, lastNs);
        sink.addedSingly(dev, ino, index, pages, firstNs, lastNs);
      },
      removed: (dev, ino, index, pages, timeNs) => {
        this.#note(1, ino, index, pages, timeNs);
        sink.removed(dev, ino, index, pages, timeNs);
      },
      dirtied: (dev, ino, index, timeNs) => {
        this.#note(2, ino, index, 1, timeNs);
        sink.dirtied(dev, ino, index, timeNs);
      },
      flushed: (dev, ino, index, pages, timeNs) => {
        this.#note(3, ino, index, pages, timeNs);
        sink.flushed(dev, ino, index, pages, timeNs);
      },
      invalidated: (dev, ino, index, pages, timeNs) => {
        this.#note(4, ino, index, pages, timeNs);
        sink.invalidated(dev, ino, index, pages, timeNs);
      },
      unsure: (dev, ino, timeNs) => {
        this.#note(5, ino, 0, 0, timeNs);
        sink.unsure(dev, ino, timeNs);
      },
      lost: (events, timeNs) => {
        this.#note(6, 0, 0, events, timeNs);
        sink.lost(events, timeNs);
      },
    };
  }
}
