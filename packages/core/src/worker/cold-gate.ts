import { ReadMode } from '../kernel/index.js';
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
  readonly turns: Pick<ReadTurns, 'mode' | 'isTaken'>;
}

/** What was being read, and read ahead, when reading was held is through after so long. */
const DRAIN_MS = 30;

/**
 * When a run may read what is not cached, so that others wait for the disk no
 * longer than the operator wants. Asked again and again, some ten milliseconds
 * apart at most; times are milliseconds, any origin.
 */
export class ColdGate {
  readonly #parts: ColdGateParts;
  #listening = false;
  /** When reading was held, and whether it had been careful. */
  #heldMs: number | undefined;
  #wasCareful = false;

  constructor(parts: ColdGateParts) {
    this.#parts = parts;
  }

  /** `isReading`: whether something that was not cached is being read. */
  mayRead(nowMs: number, isReading: boolean): boolean {
    return this.#isCalm(nowMs, isReading) && (this.#parts.bucket?.waitMs(nowMs) ?? 0) === 0;
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
    if (pace.mayRead(nowMs)) {
      turns.mode = pace.isOtherHeard ? ReadMode.CAREFUL : ReadMode.FREE;
      return true;
    }
    if (this.#heldMs === undefined) {
      this.#heldMs = nowMs;
      this.#wasCareful = turns.mode === ReadMode.CAREFUL;
      turns.mode = ReadMode.HELD;
    }
    if (pace.listenUntilMs === undefined) {
      const isDrained = !isReading || (!turns.isTaken && (this.#wasCareful || nowMs - this.#heldMs >= DRAIN_MS));
      if (isDrained) pace.quiet(nowMs);
      return false;
    }
    if (!this.#listening && nowMs >= pace.listenFromMs) {
      pressure.start();
      this.#listening = true;
    }
    if (nowMs < pace.listenUntilMs) return false;
    pace.heard(this.#listening ? pressure.stop() : 0, nowMs);
    this.#listening = false;
    this.#heldMs = undefined;
    return this.#isCalm(nowMs, isReading);
  }
}
