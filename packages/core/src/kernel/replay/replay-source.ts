import type { PageSink, Source, SourceCounters } from '../../model/index.js';
import { CountingSink } from '../counting-sink.js';
import { TraceLines } from './trace-lines.js';
import type { TraceLine } from './trace-format.js';

export interface ReplayOptions {
  /** 1: as fast as it was recorded, 2: twice as fast, 0: as fast as possible. Default 0. */
  readonly speed?: number;
  /** Where the recorded times start, in nanoseconds. Default 0. */
  readonly baseNs?: number;
  /** Events wait until this says yes. Default: at once. */
  readonly ready?: () => boolean;
}

/** Lines read between two looks at the clock. */
const LINES_PER_LOOK = 256;

/** Page events of a recorded trace, in the order in which they were recorded. */
export class ReplaySource implements Source {
  readonly kind = 'replay';
  readonly sweeps = false;
  readonly #lines: TraceLines;
  readonly #speed: number;
  readonly #baseNs: number;
  readonly #ready: () => boolean;
  readonly #counting = new CountingSink();
  #following = false;
  #startedMs: number | undefined;
  /** An event whose time has not come. */
  #waiting: TraceLine | undefined;

  /** @throws {DuetError} `DUET_ERR_TRACE_FORMAT`, `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED` */
  constructor(path: string, options: ReplayOptions = {}) {
    this.#lines = new TraceLines(path);
    this.#speed = options.speed ?? 0;
    this.#baseNs = options.baseNs ?? 0;
    this.#ready = options.ready ?? (() => true);
  }

  /** Events come once some file system is followed; the trace has those that were followed when it was made. */
  follow(): void {
    this.#following = true;
  }

  /** @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
  drain(sink: PageSink, budgetMs: number): boolean {
    if (!this.#following || !this.#ready()) return false;
    const nowMs = performance.now();
    this.#startedMs ??= nowMs;
    const untilNs = this.#speed === 0 ? Infinity : (nowMs - this.#startedMs) * 1e6 * this.#speed;
    this.#counting.target = sink;
    for (let read = 1; ; read += 1) {
      const line = this.#waiting ?? this.#lines.next();
      this.#waiting = undefined;
      if (line === undefined) return false;
      if (line[0].length === 1) {
        if (this.#timeOf(line) > untilNs) {
          this.#waiting = line;
          return false;
        }
        this.#deliver(line);
      }
      if (read % LINES_PER_LOOK === 0 && performance.now() - nowMs >= budgetMs) return true;
    }
  }

  counters(): SourceCounters {
    return { events: this.#counting.events, lost: this.#counting.lostEvents };
  }

  stop(): void {
    this.#following = false;
    this.#lines.close();
  }

  #timeOf(line: TraceLine): number {
    if (typeof line[1] !== 'number') throw this.#lines.error('it has no time');
    return line[1];
  }

  #deliver(line: TraceLine): void {
    const [kind, time, dev, ino, index, last] = line as readonly [string, number, number, number, number, number | null];
    const pages = last === null && kind === '=' ? Infinity : last;
    const timeNs = this.#baseNs + time;
    if (kind === '!') {
      if (typeof dev !== 'number') throw this.#lines.error('it does not say how many events were lost');
      this.#counting.lost(dev, timeNs);
      return;
    }
    if (typeof dev !== 'number' || typeof ino !== 'number' || typeof index !== 'number') throw this.#lines.error('an event lacks a number');
    if (kind === '*') {
      this.#counting.dirtied(dev, ino, index, timeNs);
      return;
    }
    if (typeof pages !== 'number') throw this.#lines.error('an event does not say how many pages');
    if (kind === '+') this.#counting.added(dev, ino, index, pages, timeNs);
    else if (kind === '-') this.#counting.removed(dev, ino, index, pages, timeNs);
    else if (kind === '=') this.#counting.flushed(dev, ino, index, pages, timeNs);
    else throw this.#lines.error(`there is no event '${kind}'`);
  }
}
