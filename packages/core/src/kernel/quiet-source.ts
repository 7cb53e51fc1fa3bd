import type { Source, SourceKind } from '../model/index.js';

/** A source without events of its own: `cachestat` has the sessions sweep the files' cache state, `none` leaves the cache alone. */
export class QuietSource implements Source {
  readonly kind: SourceKind;
  readonly sweeps: boolean;

  constructor(kind: 'cachestat' | 'none') {
    this.kind = kind;
    this.sweeps = kind === 'cachestat';
  }

  follow(): void {
    // There is nothing to follow.
  }

  drain(): boolean {
    return false;
  }

  counters(): { events: number; lost: number } {
    return { events: 0, lost: 0 };
  }

  stop(): void {
    // There is nothing to stop.
  }
}
