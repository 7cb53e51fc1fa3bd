import type { UnitTable } from './unit-table.js';

/**
 * Keeps all units of a file but one closed to a task that takes them in
 * ascending order: the first that it needs is open, or in process.
 *
 * Each function tells `changed` which units it opened or closed.
 */
export class Sequence {
  readonly #units: UnitTable;
  readonly #changed: (unit: number) => void;

  constructor(units: UnitTable, changed: (unit: number) => void) {
    this.#units = units;
    this.#changed = changed;
  }

  /** The task needs the unit, as from now. */
  need(unit: number, bit: number): void {
    const { needed, closed } = this.#units;
    const first = this.#units.first(this.#units.slot[unit]);
    for (let lower = unit - 1; lower >= first; lower--) {
      if ((needed[lower] & bit) === 0) continue;
      closed[unit] |= bit;
      return;
    }
    const next = this.#next(unit, bit);
    if (next === -1 || closed[next] & bit) return;
    closed[next] |= bit;
    this.#changed(next);
  }

  /** The task does not need the unit any more. */
  leave(unit: number, bit: number): void {
    const { closed } = this.#units;
    if (closed[unit] & bit) {
      closed[unit] &= ~bit;
      return;
    }
    const next = this.#next(unit, bit);
    if (next === -1) return;
    closed[next] &= ~bit;
    this.#changed(next);
  }

  #next(unit: number, bit: number): number {
    const units = this.#units;
    const slot = units.slot[unit];
    const end = units.first(slot) + units.count(slot);
    for (let next = unit + 1; next < end; next++) if (units.needed[next] & bit) return next;
    return -1;
  }
}
