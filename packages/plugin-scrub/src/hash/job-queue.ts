/** What one message holds at most: a thread answers within some milliseconds. */
const BATCH_JOBS = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
/**
 * What is worth a message to a thread that has one in work. Less waits until a
 * thread has nothing to do: else the answer to a small message makes the next
 * one as small.
 */
const WORTHWHILE_JOBS = 64;
const WORTHWHILE_BYTES = 1024 * 1024;

/** Jobs that wait for a thread, in the order in which they came. */
export class JobQueue<Job extends { readonly bytes: number }> {
  readonly #jobs: Job[] = [];
  #bytes = 0;

  get length(): number {
    return this.#jobs.length;
  }

  /** Whether there is enough for a message to a thread that is at work. */
  get isWorthwhile(): boolean {
    return this.#jobs.length >= WORTHWHILE_JOBS || this.#bytes >= WORTHWHILE_BYTES;
  }

  add(job: Job): void {
    this.#jobs.push(job);
    this.#bytes += job.bytes;
  }

  /** The first jobs, at most so many and as many as a message holds; one at least, if there are any. */
  take(most: number): Job[] {
    const limit = Math.min(most, BATCH_JOBS, this.#jobs.length);
    let bytes = 0;
    let count = 0;
    while (count < limit && (count === 0 || bytes + this.#jobs[count].bytes <= BATCH_BYTES)) bytes += this.#jobs[count++].bytes;
    this.#bytes -= bytes;
    return this.#jobs.splice(0, count);
  }

  takeAll(): Job[] {
    this.#bytes = 0;
    return this.#jobs.splice(0);
  }
}
