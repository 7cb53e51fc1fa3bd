/** Cached pages of one file: runs in ascending order, of pages that are all dirty or all clean. */
export class ResidencyRuns {
  /** Flat, three numbers a run: first page, pages, 1 if dirty else 0. */
  readonly flat: number[] = [];
  resident = 0;
  dirty = 0;

  get count(): number {
    return this.flat.length / 3;
  }

  clear(): void {
    this.flat.length = 0;
    this.resident = 0;
    this.dirty = 0;
  }

  /** Appends `pages` pages from `first`, which lies behind all others; joins them to the last run where they fit. */
  add(first: number, pages: number, dirty: boolean): void {
    const { flat } = this;
    const last = flat.length - 3;
    const flag = dirty ? 1 : 0;
    this.resident += pages;
    if (dirty) this.dirty += pages;
    if (last >= 0 && flat[last] + flat[last + 1] === first && flat[last + 2] === flag) flat[last + 1] += pages;
    else flat.push(first, pages, flag);
  }
}
