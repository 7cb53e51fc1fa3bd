/** Of what the scan finds, it pays to look closer from the start if one file in so many is wanted; else afterwards, at those. */
const ONE_IN = 8;
/** Files that it goes by, more or less. */
const LATEST = 1024;

/**
 * Whether the scan looks at each file, or skims over them: of files that no
 * task wants, as most are that were backed up before, nobody needs to know
 * what is cached, or where on the disk they are.
 *
 * Goes by what became of the files that the walk found last: neighbours are
 * alike.
 */
export class Skimming {
  /** For `ScanOptions`. */
  readonly skim = new Int32Array(new SharedArrayBuffer(4));

  #found = 0;
  #wanted = 0;

  /** `isLikely`: little will be wanted, as far as can be told before anything is found. */
  constructor(isLikely: boolean) {
    this.#set(isLikely);
    if (isLikely) this.#found = LATEST;
  }

  /** Of `found` files of the walk, tasks wanted so many. */
  met(found: number, wanted: number): void {
    if (found === 0) return;
    // What came before counts the less, the more there is of what came last.
    const kept = Math.max(0, LATEST - found) / Math.max(LATEST - found, this.#found, 1);
    this.#found = this.#found * kept + found;
    this.#wanted = this.#wanted * kept + wanted;
    this.#set(this.#wanted * ONE_IN < this.#found);
  }

  get isOn(): boolean {
    return Atomics.load(this.skim, 0) === 1;
  }

  #set(skims: boolean): void {
    Atomics.store(this.skim, 0, skims ? 1 : 0);
  }
}
