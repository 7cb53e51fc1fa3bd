/** What is thought before anything was measured: careful for any disk. */
const BYTES_PER_MS = 30_000;
const MS_PER_UNIT = 10;
/** Nothing counts as measured before so much time. */
const SETTLE_MS = 1000;
/** Older experience counts half. */
const RECENT_MS = 60_000;

/** Milliseconds that units with these bytes take on a slow disk, the seeks included. */
export function guessMs(bytes: number, units: number): number {
  return bytes / BYTES_PER_MS + units * MS_PER_UNIT;
}

/**
 * How fast units are got through, as a factor on the guess for a slow disk:
 * small files and large ones are told by one number. Only the time in which
 * something was under way counts.
 */
export class Pace {
  #underWay = 0;
  #sinceMs = 0;
  #busyMs = 0;
  #guessedMs = 0;
  #measuredMs = 0;

  /** Time in which something was under way, all of it. */
  get measuredMs(): number {
    return this.#measuredMs;
  }

  begin(nowMs: number): void {
    if (this.#underWay++ === 0) this.#sinceMs = nowMs;
  }

  end(nowMs: number, bytes: number, units: number): void {
    const ms = Math.max(nowMs - this.#sinceMs, 0);
    this.#sinceMs = nowMs;
    this.#underWay--;
    this.#busyMs += ms;
    this.#measuredMs += ms;
    this.#guessedMs += guessMs(bytes, units);
    if (this.#busyMs < RECENT_MS) return;
    this.#busyMs /= 2;
    this.#guessedMs /= 2;
  }

  /** Milliseconds that units with these bytes will take. */
  timeMs(bytes: number, units: number): number {
    const factor = this.#measuredMs < SETTLE_MS ? 1 : this.#busyMs / this.#guessedMs;
    return guessMs(bytes, units) * factor;
  }
}
