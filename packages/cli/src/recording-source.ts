import type { PageSink, Source, SourceKind } from '@duet/core';

/** A source whose events go to a second sink too, such as a trace file. */
export class RecordingSource implements Source {
  readonly #source: Source;
  readonly #record: PageSink;

  constructor(source: Source, record: PageSink) {
    this.#source = source;
    this.#record = record;
  }

  get kind(): SourceKind {
    return this.#source.kind;
  }

  get sweeps(): boolean {
    return this.#source.sweeps;
  }

  follow(fs: { readonly dev: number; readonly fsType: string }): void {
    this.#source.follow(fs);
  }

  drain(sink: PageSink, budgetMs: number): boolean {
    return this.#source.drain(both(this.#record, sink), budgetMs);
  }

  counters(): ReturnType<Source['counters']> {
    return this.#source.counters();
  }

  stop(): void {
    this.#source.stop();
  }
}

function both(first: PageSink, second: PageSink): PageSink {
  return {
    added: (...event) => (first.added(...event), second.added(...event)),
    removed: (...event) => (first.removed(...event), second.removed(...event)),
    dirtied: (...event) => (first.dirtied(...event), second.dirtied(...event)),
    flushed: (...event) => (first.flushed(...event), second.flushed(...event)),
    lost: (...event) => (first.lost(...event), second.lost(...event)),
  };
}
