import { SKIP_REASONS } from './refusal/skip-reason.js';
import type { SkipReason } from './refusal/skip-reason.js';

/** What a run of defrag came to, for the log. */
export class Tally {
  #files = 0;
  #before = 0;
  #after = 0;
  readonly #skipped = new Map<SkipReason, number>();

  moved(before: number, after: number): void {
    this.#files++;
    this.#before += before;
    this.#after += after;
  }

  skipped(reason: SkipReason): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  /** Lines for people; none if there was nothing to do. */
  lines(): string[] {
    const moved = this.#files === 0 ? [] : [`${this.#files} files defragmented: ${this.#before} extents before, ${this.#after} after`];
    const reasons = [...this.#skipped].filter(([reason]) => reason !== 'few-fragments' && reason !== 'enough');
    return [...moved, ...reasons.map(([reason, files]) => `${files} fragmented files left alone: ${SKIP_REASONS[reason]}`)];
  }
}
