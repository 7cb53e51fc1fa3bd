import type { BytePath } from '@duet/core';
import { DIGEST_BYTES } from '../record/record.js';
import type { HashedFile, HashJob, HashResult, JobColumns, ResultColumns, ShatagText } from './hash-job.js';

const JobBit = { WHOLE: 1, TRUST_CACHE: 2, ATTRIBUTES: 4, PART: 8 } as const;
const ResultBit = { WHOLE: 1, DIRECT: 2, FROM_MEMORY: 4, UNSETTLED: 8, STATE: 16 } as const;
const OUTCOMES = ['hashed', 'vanished', 'changing', 'failed', 'broken', 'aborted'] as const;
const JOB_WIDTH = 5;
const RESULT_WIDTH = 7;
/** Of all files that have none, which most have. */
const NO_SEGMENTS: readonly Uint8Array[] = [];

/** Jobs, ready to be posted. */
export function packJobs(jobs: readonly HashJob[]): JobColumns {
  const numbers = new Float64Array(jobs.length * JOB_WIDTH);
  jobs.forEach((job, i) => {
    const at = i * JOB_WIDTH;
    numbers[at] = job.ino;
    numbers[at + 1] = job.dev;
    numbers[at + 2] = job.offset;
    numbers[at + 3] = job.bytes;
    numbers[at + 4] = (job.whole ? JobBit.WHOLE : 0) | (job.trustCache ? JobBit.TRUST_CACHE : 0) | (job.attributes ? JobBit.ATTRIBUTES : 0) | (job.part ? JobBit.PART : 0);
  });
  return { paths: jobs.map((job) => job.path).join('\0'), numbers };
}

export function unpackJobs({ paths, numbers }: JobColumns): HashJob[] {
  return paths.split('\0').map((path, i) => {
    const at = i * JOB_WIDTH;
    const bits = numbers[at + 4];
    return {
      path: path as BytePath,
      ino: numbers[at],
      dev: numbers[at + 1],
      offset: numbers[at + 2],
      bytes: numbers[at + 3],
      whole: (bits & JobBit.WHOLE) !== 0,
      trustCache: (bits & JobBit.TRUST_CACHE) !== 0,
      attributes: (bits & JobBit.ATTRIBUTES) !== 0,
      part: (bits & JobBit.PART) !== 0,
    };
  });
}

/** Results, ready to be posted; the buffers of `numbers`, `times` and `digests` may be transferred. */
export function packResults(results: readonly HashResult[]): ResultColumns {
  const numbers = new Float64Array(results.length * RESULT_WIDTH);
  const times = new BigInt64Array(results.length * 2);
  const digests = new Uint8Array(results.reduce((sum, result) => sum + digestsOf(result) * DIGEST_BYTES, 0));
  const errno = new Map<number, string>();
  const attributes = new Map<number, ShatagText>();
  let digestAt = 0;
  const putDigest = (digest: Uint8Array): void => {
    digests.set(digest, digestAt);
    digestAt += DIGEST_BYTES;
  };
  results.forEach((result, i) => {
    const at = i * RESULT_WIDTH;
    numbers[at] = OUTCOMES.indexOf(result.outcome);
    let bits = 0;
    if (result.state) {
      bits |= ResultBit.STATE;
      numbers[at + 1] = result.state.size;
      times[2 * i] = result.state.mtimeNs;
      times[2 * i + 1] = result.state.ctimeNs;
    }
    if (result.outcome === 'hashed') {
      numbers[at + 2] = result.bytesFromCache;
      numbers[at + 3] = result.bytesFromDisk;
      bits |= bitsOf(result);
      numbers[at + 5] = result.segments.length;
      if (result.whole) putDigest(result.whole);
      for (const segment of result.segments) putDigest(segment);
      if (result.attributes) attributes.set(i, result.attributes);
    } else {
      errno.set(i, result.errno);
      numbers[at + 6] = result.offset ?? -1;
    }
    numbers[at + 4] = bits;
  });
  return { numbers, times, digests, errno, attributes };
}

export function unpackResults({ numbers, times, digests, errno, attributes }: ResultColumns): HashResult[] {
  let digestAt = 0;
  const takeDigest = (): Uint8Array => digests.subarray(digestAt, (digestAt += DIGEST_BYTES));
  const results: HashResult[] = [];
  for (let i = 0; i < numbers.length / RESULT_WIDTH; i++) results.push(unpackResult(i));
  return results;

  function unpackResult(i: number): HashResult {
    const at = i * RESULT_WIDTH;
    const bits = numbers[at + 4];
    const outcome = OUTCOMES[numbers[at]];
    const state = { size: numbers[at + 1], mtimeNs: times[2 * i], ctimeNs: times[2 * i + 1] };
    if (outcome !== 'hashed') {
      const offset = numbers[at + 6];
      return { outcome, errno: errno.get(i) ?? '', offset: offset < 0 ? undefined : offset, state: bits & ResultBit.STATE ? state : undefined };
    }
    return {
      outcome,
      state,
      whole: bits & ResultBit.WHOLE ? takeDigest() : undefined,
      segments: numbers[at + 5] === 0 ? NO_SEGMENTS : Array.from({ length: numbers[at + 5] }, takeDigest),
      bytesFromCache: numbers[at + 2],
      bytesFromDisk: numbers[at + 3],
      direct: (bits & ResultBit.DIRECT) !== 0,
      fromMemory: (bits & ResultBit.FROM_MEMORY) !== 0,
      unsettled: (bits & ResultBit.UNSETTLED) !== 0,
      attributes: attributes.get(i),
    };
  }
}

function digestsOf(result: HashResult): number {
  return result.outcome === 'hashed' ? (result.whole ? 1 : 0) + result.segments.length : 0;
}

function bitsOf(result: HashedFile): number {
  let bits = result.whole ? ResultBit.WHOLE : 0;
  if (result.direct) bits |= ResultBit.DIRECT;
  if (result.fromMemory) bits |= ResultBit.FROM_MEMORY;
  if (result.unsettled) bits |= ResultBit.UNSETTLED;
  return bits;
}
