/** A set of page indexes of one file: a bit a page, as far as there are any. */
export class PageBits {
  #words = new Uint32Array(0);

  has(page: number): boolean {
    const at = page >>> 5;
    return at < this.#words.length && (this.#words[at] & (1 << (page & 31))) !== 0;
  }

  add(first: number, pages: number): void {
    if (pages > 0) this.#makeRoom(first + pages);
    for (let page = first; page < first + pages; page++) this.#words[page >>> 5] |= 1 << (page & 31);
  }

  delete(first: number, pages: number): void {
    const end = Math.min(first + pages, this.#words.length * 32);
    for (let page = first; page < end; page++) this.#words[page >>> 5] &= ~(1 << (page & 31));
  }

  /** Those of a range as runs: flat, two numbers a run, first page and pages. */
  runs(first: number, pages: number): number[] {
    const runs: number[] = [];
    const end = Math.min(first + pages, this.#words.length * 32);
    for (let page = first; page < end; page++) {
      if (!this.has(page)) continue;
      const start = page;
      while (page + 1 < end && this.has(page + 1)) page++;
      runs.push(start, page + 1 - start);
    }
    return runs;
  }

  #makeRoom(pages: number): void {
    const words = Math.ceil(pages / 32);
    if (words <= this.#words.length) return;
    const grown = new Uint32Array(Math.max(words, Math.ceil(this.#words.length * 1.5)));
    grown.set(this.#words);
    this.#words = grown;
  }
}
