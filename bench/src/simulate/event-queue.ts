/**
 * What is to happen, the earliest first; of what happens at one time, in the
 * order in which it was added. A binary heap in typed arrays: millions of events
 * pass through it and make no objects.
 */
export class EventQueue {
  #atMs = new Float64Array(64);
  #order = new Float64Array(64);
  #what = new Int32Array(64);
  #size = 0;
  #added = 0;

  get size(): number {
    return this.#size;
  }

  /** When the earliest happens; Infinity if nothing does. */
  get nextMs(): number {
    return this.#size === 0 ? Infinity : this.#atMs[0];
  }

  add(atMs: number, what: number): void {
    if (this.#size === this.#what.length) this.#grow();
    const order = this.#added++;
    let to = this.#size++;
    while (to > 0) {
      const parent = (to - 1) >> 1;
      if (this.#atMs[parent] <= atMs) break;
      this.#move(parent, to);
      to = parent;
    }
    this.#set(to, atMs, order, what);
  }

  /** Takes out the earliest; there has to be one. */
  take(): number {
    const what = this.#what[0];
    const last = --this.#size;
    const atMs = this.#atMs[last];
    const order = this.#order[last];
    let to = 0;
    for (;;) {
      let child = to * 2 + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, this.#atMs[child], this.#order[child])) child++;
      if (!this.#isBefore(child, atMs, order)) break;
      this.#move(child, to);
      to = child;
    }
    this.#set(to, atMs, order, this.#what[last]);
    return what;
  }

  #isBefore(at: number, atMs: number, order: number): boolean {
    return this.#atMs[at] < atMs || (this.#atMs[at] === atMs && this.#order[at] < order);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#atMs[from], this.#order[from], this.#what[from]);
  }

  #set(at: number, atMs: number, order: number, what: number): void {
    this.#atMs[at] = atMs;
    this.#order[at] = order;
    this.#what[at] = what;
  }

  #grow(): void {
    const longer = <T extends Float64Array | Int32Array>(old: T): T => {
      const grown = new (old.constructor as new (length: number) => T)(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#atMs = longer(this.#atMs);
    this.#order = longer(this.#order);
    this.#what = longer(this.#what);
  }
}
