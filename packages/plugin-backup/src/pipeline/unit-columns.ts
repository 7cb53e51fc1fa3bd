import type { BytePath } from '@duet/core/model';
import { entryTaker, NO_ENTRIES } from '../content/content-entries.js';
import type { ErrorParts, UnitResult } from './thread-messages.js';
import type { UnitJob } from './unit-job.js';
import { joinBytes } from '../join-bytes.js';

/* Units and what became of them on their way between threads: a column for each field, for an object for each unit takes several times as long. */

const OUTCOMES = ['chunked', 'failed', 'aborted'] as const;
const JOB_NUMBERS = 7;
const RESULT_NUMBERS = 4;
/** It changed while it was read; it has no extended attributes. */
const Flag = { CHANGED: 1, BARE: 2 } as const;

export interface JobColumns {
  readonly paths: readonly BytePath[];
  /** File number, inode number, `st_dev`, offset, bytes, covered and cached bytes (-1: not known) of each. */
  readonly numbers: Float64Array;
  /** 1: the file ends with the unit. */
  readonly last: Uint8Array;
}

export interface ResultColumns {
  /** Places in `OUTCOMES`. */
  readonly outcomes: Uint8Array;
  /** Bytes from the cache, bytes from the disk, size of the file and bytes of the entries of each. */
  readonly numbers: Float64Array;
  /** mtime and ctime of each. */
  readonly times: BigInt64Array;
  /** Bits of `Flag`. */
  readonly flags: Uint8Array;
  /** The entries of all of them, joined. */
  readonly entries: Uint8Array;
  /** Errors of those that failed, in their order. */
  readonly errors: readonly ErrorParts[];
}

export function jobColumns(jobs: readonly UnitJob[]): JobColumns {
  const numbers = new Float64Array(jobs.length * JOB_NUMBERS);
  const last = new Uint8Array(jobs.length);
  for (const [i, job] of jobs.entries()) {
    const at = i * JOB_NUMBERS;
    numbers[at] = job.no;
    numbers[at + 1] = job.ino;
    numbers[at + 2] = job.statDev;
    numbers[at + 3] = job.offset;
    numbers[at + 4] = job.bytes;
    numbers[at + 5] = job.covered;
    numbers[at + 6] = job.cachedBytes ?? -1;
    last[i] = job.last ? 1 : 0;
  }
  return { paths: jobs.map(({ path }) => path), numbers, last };
}

export function jobsOf({ paths, numbers, last }: JobColumns): UnitJob[] {
  return paths.map((path, i) => {
    const at = i * JOB_NUMBERS;
    const cached = numbers[at + 6];
    return {
      no: numbers[at],
      path,
      ino: numbers[at + 1],
      statDev: numbers[at + 2],
      offset: numbers[at + 3],
      bytes: numbers[at + 4],
      cachedBytes: cached < 0 ? undefined : cached,
      covered: numbers[at + 5],
      last: last[i] === 1,
    };
  });
}

export function resultColumns(results: readonly UnitResult[]): ResultColumns {
  const outcomes = new Uint8Array(results.length);
  const numbers = new Float64Array(results.length * RESULT_NUMBERS);
  const times = new BigInt64Array(results.length * 2);
  const flags = new Uint8Array(results.length);
  const errors: ErrorParts[] = [];
  for (const [i, result] of results.entries()) {
    outcomes[i] = OUTCOMES.indexOf(result.outcome);
    if (result.outcome === 'failed') errors.push(result.error);
    if (result.outcome !== 'chunked') continue;
    const at = i * RESULT_NUMBERS;
    numbers[at] = result.bytesFromCache;
    numbers[at + 1] = result.bytesFromDisk;
    numbers[at + 2] = result.before.size;
    numbers[at + 3] = result.entries.length;
    times[i * 2] = result.before.mtimeNs;
    times[i * 2 + 1] = result.before.ctimeNs;
    flags[i] = (result.changed ? Flag.CHANGED : 0) | (result.isBare ? Flag.BARE : 0);
  }
  return { outcomes, numbers, times, flags, errors, entries: joinBytes(results.map((result) => (result.outcome === 'chunked' ? result.entries : NO_ENTRIES))) };
}

export function resultsOf({ outcomes, numbers, times, flags, entries, errors }: ResultColumns): UnitResult[] {
  const take = entryTaker(entries);
  let failed = 0;
  return Array.from(outcomes, (place, i): UnitResult => {
    const outcome = OUTCOMES[place];
    if (outcome === 'failed') return { outcome, error: errors[failed++] };
    if (outcome === 'aborted') return { outcome };
    const at = i * RESULT_NUMBERS;
    return {
      outcome,
      entries: take(numbers[at + 3]),
      bytesFromCache: numbers[at],
      bytesFromDisk: numbers[at + 1],
      before: { size: numbers[at + 2], mtimeNs: times[i * 2], ctimeNs: times[i * 2 + 1] },
      changed: (flags[i] & Flag.CHANGED) !== 0,
      isBare: (flags[i] & Flag.BARE) !== 0,
    };
  });
}
