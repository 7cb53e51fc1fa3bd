/**
 * Cached pages of one file: runs in ascending order, of pages that are all
 * dirty or all clean. The last ones may lie behind the end of the file.
 */
export class ResidencyRuns {
  /** Flat, three numbers a run: first page, pages, 1 if dirty else 0. */
  readonly flat: number[] = [];
  /** Pages within the file. */
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

  /** Whether the page is the last of all runs. */
  endsWith(page: number): boolean {
    const last = this.flat.length - 3;
    return last >= 0 && this.flat[last] + this.flat[last + 1] === page + 1;
  }

  /** Appends `pages` pages from `first`, which lies behind all others; joins them to the last run where they fit. */
  add(first: number, pages: number, dirty: boolean): void {
    this.resident += pages;
    if (dirty) this.dirty += pages;
    this.addBehind(first, pages, dirty);
  }

  /** As `add`, for pages behind the end of the file: a folio may reach beyond it, and the file may come to. */
  addBehind(first: number, pages: number, dirty: boolean): void {
    const { flat } = this;
    const last = flat.length - 3;
    const flag = dirty ? 1 : 0;
    if (last >= 0 && flat[last] + flat[last + 1] === first && flat[last + 2] === flag) flat[last + 1] += pages;
    else flat.push(first, pages, flag);
  }
}
