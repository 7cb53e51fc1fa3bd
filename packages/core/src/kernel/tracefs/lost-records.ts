import { readFileSync } from 'node:fs';

/** Files looked at in one poll: a read takes some ten microseconds. */
const FILES_PER_POLL = 8;
const POLL_INTERVAL_MS = 1000;

/**
 * Records that the kernel could not even write: dropped, or lost to an interrupt
 * that came in the middle (`commit overrun`). Overwritten records are not among
 * them, since the page header tells of those.
 */
export class LostRecords {
  readonly #files: readonly string[];
  readonly #known: number[];
  #next = 0;
  #polledMs = 0;

  constructor(instance: string, cpus: readonly number[]) {
    this.#files = cpus.map((cpu) => `${instance}/per_cpu/cpu${cpu}/stats`);
    this.#known = cpus.map(() => 0);
  }

  /** Records found missing since the last call; looks at a few CPUs in turn, every second. */
  poll(nowMs: number): number {
    if (nowMs - this.#polledMs < POLL_INTERVAL_MS) return 0;
    this.#polledMs = nowMs;
    let lost = 0;
    for (let count = Math.min(FILES_PER_POLL, this.#files.length); count > 0; count -= 1) {
      const cpu = this.#next;
      this.#next = (this.#next + 1) % this.#files.length;
      const total = dropped(this.#files[cpu]);
      lost += Math.max(0, total - this.#known[cpu]);
      this.#known[cpu] = total;
    }
    return lost;
  }
}

function dropped(file: string): number {
  const text = readFileSync(file, 'latin1');
  return count(/^commit overrun: (\d+)/m, text) + count(/^dropped events: (\d+)/m, text);
}

function count(line: RegExp, text: string): number {
  return Number(line.exec(text)?.[1] ?? 0);
}
