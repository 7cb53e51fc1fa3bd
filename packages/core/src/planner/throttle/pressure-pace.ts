/** What is read ahead is still under way when the last read returns: so long, in milliseconds, nobody listens. */
const SETTLE_MS = 5;
/** The shortest gap, that included. */
const GAP_MS = 25;
/** The shortest slice to read in. */
const SLICE_MS = 25;
/** Time spent reading for each millisecond of a gap, at most: 2.4 % of the time goes to gaps then. */
const ODDS_MAX = 40;
/** And at least: others who wait all the time leave a hundredth. */
const ODDS_MIN = 1 / 100;
/** The longest gap, so that what takes long to come to rest is not followed by minutes of silence. */
const GAP_MAX_MS = 10_000;
/** How steeply the odds fall as others wait more. */
const STEEPNESS = 1.5;
/** The odds change at most so much at once. */
const STEP_DOWN = 1 / 4;
const STEP_UP = 4;
/** Listening time, in milliseconds, over which what was heard is forgotten when it is calmer: short gaps miss those who wait now and then. At least this, */
const MEMORY_MS = 100;
/** and so much divided by the target: the less others may wait, the rarer are those who matter. */
const MEMORY_BY_TARGET_MS = 5;
/** Of what is heard, so little is nobody; for who wants others to wait for less than twice that, half of what they may. */
const UNHEARD = 0.02;

/**
 * When cold reads may be made, so that others wait for the disk no more than
 * the operator wants: listening before talking.
 *
 * Reading goes in slices. After each, once nothing is in flight, comes a gap in
 * which others' stall is heard, and the ratio of slice to gap (the odds) moves
 * towards `(target / heard) ^ 1.5`: where others stall for as much of the time
 * as the target says, half of the time is read; where they stall less, more;
 * where they stall all the time, a hundredth at least. It converges for others
 * who stall evenly, as well as for those who stall less the less is read.
 *
 * Pure: the caller says what time it is (milliseconds, any origin), when
 * nothing is in flight, and what was heard. In turn: `mayRead` until it is
 * false, `quiet` once nothing is in flight, `heard` at `listenUntilMs` with what
 * was heard since `listenFromMs`.
 */
export class PressurePace {
  /** Share of the time, as given. */
  readonly target: number;
  readonly #memoryMs: number;
  #odds = 1;
  #heard = 0;
  #hasListened = false;
  #sliceStartMs: number;
  #listenFromMs = 0;
  #listenUntilMs: number | undefined;

  /** `target` is a share of time, above 0 and at most 1. Begins with a slice; `begin` says that it begins later. */
  constructor(target: number, nowMs: number) {
    this.target = target;
    this.#memoryMs = Math.max(MEMORY_MS, MEMORY_BY_TARGET_MS / target);
    this.#sliceStartMs = nowMs;
  }

  /** Time spent reading for each unit of time spent listening. */
  get odds(): number {
    return this.#odds;
  }

  /** Whether others were heard lately; true until it was listened for the first time. */
  get isOtherHeard(): boolean {
    return !this.#hasListened || this.#heard > Math.min(UNHEARD, this.target / 2);
  }

  /** When to begin to listen, a moment after the gap has begun. */
  get listenFromMs(): number {
    return this.#listenFromMs;
  }

  /** The end of the gap; undefined while it has not begun. */
  get listenUntilMs(): number | undefined {
    return this.#listenUntilMs;
  }

  /** When the slice ends in which cold reads may be started. */
  get sliceEndMs(): number {
    return this.#sliceStartMs + Math.max(SLICE_MS, this.#odds * GAP_MS);
  }

  /** Begins the first slice: nothing was read before. */
  begin(nowMs: number): void {
    this.#sliceStartMs = nowMs;
  }

  /** Whether a cold read may be started now. */
  mayRead(nowMs: number): boolean {
    return this.#listenUntilMs === undefined && nowMs < this.sliceEndMs;
  }

  /**
   * The slice is over and nothing is in flight any more: begins the gap, as long
   * as the odds want after the time that reading took. The first gap is the
   * shortest: nobody was heard so far.
   */
  quiet(nowMs: number): void {
    const readMs = this.#hasListened ? nowMs - this.#sliceStartMs : 0;
    this.#listenFromMs = nowMs + SETTLE_MS;
    this.#listenUntilMs = nowMs + Math.min(GAP_MAX_MS, Math.max(GAP_MS, readMs / this.#odds));
  }

  /** Ends the gap, in which others stalled for `share` of the time (0 to 1), and begins the next slice. */
  heard(share: number, nowMs: number): void {
    this.#hasListened = true;
    const kept = Math.exp((this.#listenFromMs - nowMs) / this.#memoryMs);
    this.#heard = Math.max(share, share + (this.#heard - share) * kept);
    const goal = clamp((this.target / this.#heard) ** STEEPNESS, ODDS_MIN, ODDS_MAX);
    // Half of the way, as factors go: the whole of it would overshoot where others answer to what is read.
    const step = clamp(Math.sqrt(goal / this.#odds), STEP_DOWN, STEP_UP);
    this.#odds = clamp(this.#odds * step, ODDS_MIN, ODDS_MAX);
    this.#listenUntilMs = undefined;
    this.#sliceStartMs = nowMs;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
