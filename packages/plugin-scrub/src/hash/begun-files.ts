import { segmentsOf, sameState } from '../record/record.js';
import type { FileState } from '../record/record.js';
import { Digests } from './digests.js';
import type { HashedFile, HashJob } from './hash-job.js';

/** What is true of a file if it is true of a part of it. */
type Flags = Pick<HashedFile, 'fromMemory' | 'unsettled'>;

/** A file that is hashed as a whole, part by part. */
class BegunFile {
  readonly digests: Digests;
  /** First byte of the part that comes next. */
  nextOffset = 0;
  flags: Flags = { fromMemory: false, unsettled: false };

  /** `state`: as it is when the first part is read. */
  constructor(readonly state: FileState) {
    this.digests = new Digests(0, state.size, true, segmentsOf(state.size) > 0);
  }

  /** The part that ends before byte `end` has been hashed. */
  took(end: number, { fromMemory, unsettled }: Flags): void {
    this.nextOffset = end;
    this.flags = { fromMemory: this.flags.fromMemory || fromMemory, unsettled: this.flags.unsettled || unsettled };
  }
}

/** The files that a thread hashes part by part: what it has of each between two parts. */
export class BegunFiles {
  readonly #files = new Map<string, BegunFile>();

  /** What there is of the job's file, which is in `state` now; anew for its first part. Undefined if an earlier part failed; `changed` if it was in another state. */
  of(job: HashJob, state: FileState): BegunFile | 'changed' | undefined {
    if (job.offset === 0) {
      const begun = new BegunFile(state);
      this.#files.set(keyOf(job), begun);
      return begun;
    }
    const begun = this.#files.get(keyOf(job));
    if (begun?.nextOffset !== job.offset) return undefined;
    return sameState(begun.state, state) ? begun : 'changed';
  }

  /** It is done, or what would come of it is of no use. */
  forget(job: HashJob): void {
    this.#files.delete(keyOf(job));
  }
}

function keyOf({ dev, ino }: HashJob): string {
  return `${dev} ${ino}`;
}
