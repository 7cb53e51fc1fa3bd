import { ReadMode } from '../kernel/index.js';
import { isGentle } from '../model/index.js';
import type { IoPressure, ReadTurns } from '../kernel/index.js';
import type { ByteBucket, PressurePace } from '../planner/index.js';

/** What a gate goes by; each may be absent. */
export interface ColdGateParts {
  /** How much others wait, and what is made of it. */
  readonly pressure?: IoPressure;
  readonly pace?: PressurePace;
  /** Most bytes read in a second. */
  readonly bucket?: ByteBucket;
  /** How the threads of the process read. */
  readonly turns: Pick<ReadTurns, 'mode'>;
}

/**
 * When a run may read what is not cached, so that others wait for the disk no
 * longer than the operator wants. Asked again and again, some ten milliseconds
 * apart at most; times are milliseconds, any origin.
 */
export class ColdGate {
  readonly #parts: ColdGateParts;
  #listening = false;
  /** Whether a slice or a gap was begun. */
  #hasBegun = false;

  constructor(parts: ColdGateParts) {
    this.#parts = parts;
  }

  /** `isReading`: whether something that was not cached is being read. */
  mayRead(nowMs: number, isReading: boolean): boolean {
    return this.#isCalm(nowMs, isReading) && (this.#parts.bucket?.waitMs(nowMs) ?? 0) === 0;
  }

  /**
   * Nothing of the run is in flight, and nothing will be read before it is asked
   * whether that may be: it listens until then, and that is the first gap. Else
   * the run would begin with a moment's careful reading, and a wait for it to end.
   * A task that reads while it is opened passes for others: it begins with care then.
   * To be called again and again until it is asked.
   */
  listen(nowMs: number): void {
    const { pressure, pace } = this.#parts;
    if (pressure === undefined || pace === undefined) return;
    if (!this.#hasBegun) pace.quiet(nowMs);
    this.#hasBegun = true;
    if (this.#listening || nowMs < pace.listenFromMs) return;
    pressure.start();
    this.#listening = true;
  }

  /** When it wants to be asked again, at the latest; undefined while no gap is under way. A gap that is ended late is time that nobody reads in. */
  get askAgainAtMs(): number | undefined {
    const pace = this.#parts.pace;
    return pace?.listenUntilMs === undefined || this.#listening ? pace?.listenUntilMs : pace.listenFromMs;
  }

  /** Whether others are heard, so that all that is read is read with care. */
  get isCareful(): boolean {
    return this.#parts.turns.mode !== ReadMode.FREE;
  }

  /** So much is about to be read from the disk. */
  spend(bytes: number, nowMs: number): void {
    this.#parts.bucket?.spend(bytes, nowMs);
  }

  /** Reading goes on as it likes. */
  close(): void {
    this.#parts.turns.mode = ReadMode.FREE;
    this.#parts.pressure?.close();
  }

  #isCalm(nowMs: number, isReading: boolean): boolean {
    const { pressure, pace, turns } = this.#parts;
    if (pressure === undefined || pace === undefined) return true;
    // Until then nothing was read: that time is not to be followed by as long a gap.
    if (!this.#hasBegun) pace.begin(nowMs);
    this.#hasBegun = true;
    if (pace.mayRead(nowMs)) {
      turns.mode = pace.isOtherHeard ? (isGentle(pace.target * 100) ? ReadMode.GENTLE : ReadMode.CAREFUL) : ReadMode.FREE;
      return true;
    }
    if (pace.listenUntilMs === undefined) {
      if (!isReading) pace.quiet(nowMs);
      return false;
    }
    this.listen(nowMs);
    if (nowMs < pace.listenUntilMs) return false;
    pace.heard(this.#listening ? pressure.stop() : 0, nowMs);
    this.#listening = false;
    return this.#isCalm(nowMs, isReading);
  }
}
