import fc from 'fast-check';
import { fromBytes } from '@duet/core';
import type { OpenProblem, ScrubRecord } from '../../src/record/record.js';

const PLAIN = { noNullPrototype: true };
export const digests = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const bytePaths = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => fromBytes(bytes));
const offsets = fc.option(fc.maxSafeNat(), { nil: undefined });
const problems: fc.Arbitrary<OpenProblem> = fc.oneof(
  fc.record({ kind: fc.constant('mismatch' as const), atMs: fc.maxSafeNat(), offset: offsets, recorded: digests, read: digests }, PLAIN),
  fc.record({ kind: fc.constant('read' as const), atMs: fc.maxSafeNat(), offset: offsets, errno: fc.constantFrom('EIO', 'EACCES', 'EUCLEAN') }, PLAIN),
);

export const records: fc.Arbitrary<ScrubRecord> = fc.record({
  path: bytePaths,
  ino: fc.maxSafeNat(),
  size: fc.maxSafeNat(),
  mtimeNs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  ctimeNs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  verifiedAtMs: fc.maxSafeNat(),
  whole: fc.option(digests, { nil: undefined }),
  imported: fc.boolean(),
  unsettled: fc.boolean(),
  problem: fc.option(problems, { nil: undefined }),
}, PLAIN);
