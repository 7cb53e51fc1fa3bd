import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fromText } from '@duet/core';
import { Digests } from '../../src/hash/digests.js';
import { HashPool } from '../../src/hash/hash-pool.js';
import type { HashJob, HashResult } from '../../src/hash/hash-job.js';
import { packJobs, packResults, unpackJobs, unpackResults } from '../../src/hash/job-columns.js';
import { hex } from '../../src/record/record.js';
import { digests } from '../record/arbitrary-record.js';
import { useTempFolder } from '../temp-folder.js';

const PLAIN = { noNullPrototype: true };
const states = fc.record({ size: fc.maxSafeNat(), mtimeNs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), ctimeNs: fc.bigInt({ min: 0n, max: 1n << 62n }) }, PLAIN);
const results: fc.Arbitrary<HashResult> = fc.oneof(
  fc.record(
    {
      outcome: fc.constant('hashed' as const),
      state: states,
      whole: fc.option(digests, { nil: undefined }),
      segments: fc.array(digests, { maxLength: 5 }),
      bytesFromCache: fc.maxSafeNat(),
      bytesFromDisk: fc.maxSafeNat(),
      direct: fc.boolean(),
      fromMemory: fc.boolean(),
      unsettled: fc.boolean(),
      attributes: fc.option(fc.record({ sha256: fc.option(fc.string(), { nil: undefined }), ts: fc.option(fc.string(), { nil: undefined }) }, PLAIN), { nil: undefined }),
    },
    PLAIN,
  ),
  fc.record(
    {
      outcome: fc.constantFrom('vanished' as const, 'changing' as const, 'failed' as const, 'broken' as const, 'aborted' as const),
      errno: fc.constantFrom('', 'EIO'),
      offset: fc.option(fc.maxSafeNat(), { nil: undefined }),
      state: fc.option(states, { nil: undefined }),
    },
    PLAIN,
  ),
);
/** Digests may come as views of any kind: compares their bytes. */
const plain = (value: unknown): unknown => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one instanceof Uint8Array ? hex(one) : (one as { type?: string })?.type === 'Buffer' ? Buffer.from(one as never).toString('hex') : one));

describe('columns of jobs and results', () => {
  it('give back the jobs', () => {
    const jobs = fc.record(
      { path: fc.string().map((text) => fromText(text.replaceAll('\0', ''))), ino: fc.maxSafeNat(), dev: fc.nat(), offset: fc.maxSafeNat(), bytes: fc.maxSafeNat(), whole: fc.boolean(), trustCache: fc.boolean(), attributes: fc.boolean(), part: fc.boolean() },
      PLAIN,
    );
    fc.assert(fc.property(fc.array(jobs, { minLength: 1 }), (some) => assert.deepEqual(unpackJobs(packJobs(some)), some)));
  });

  it('give back the results', () => {
    fc.assert(fc.property(fc.array(results), (some) => assert.equal(plain(unpackResults(packResults(some))), plain(some))));
  });
});

describe('Digests', () => {
  it('do not depend on how the content is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 18 * 1024 * 1024 }), fc.integer({ min: 300_000, max: 9_000_000 }), (length, piece) => {
        const content = Buffer.alloc(length, 'duet');
        const cut = new Digests(0, length, true, true);
        for (let at = 0; at < length; at += piece) cut.update(content.subarray(at, at + piece));
        const { whole, segments } = cut.finish();
        assert.equal(hex(whole!), createHash('sha256').update(content).digest('hex'));
        assert.equal(segments.length, Math.ceil(length / (8 * 1024 * 1024)));
      }),
      { numRuns: 8 },
    );
  });
});

describe('HashPool', () => {
  const folder = useTempFolder();

  it('answers each of many jobs, in several threads', async () => {
    const jobs = Array.from({ length: 1000 }, (_, i): HashJob => {
      const name = `f${i}`;
      writeFileSync(join(folder.path, name), name);
      return { path: fromText(name), ino: lstatSync(join(folder.path, name)).ino, dev: 0, offset: 0, bytes: name.length, whole: true, part: false, trustCache: true, attributes: false };
    });
    const pool = new HashPool(fromText(folder.path), 3);
    const answers = await Promise.all(jobs.map((job) => pool.hash(job)));
    answers.forEach((answer, i) => {
      assert.equal(answer.outcome, 'hashed');
      assert.equal(answer.outcome === 'hashed' && hex(answer.whole!), createHash('sha256').update(`f${i}`).digest('hex'));
    });
    await pool.close();
  });

  it('ends jobs that wait as aborted when it closes', async () => {
    writeFileSync(join(folder.path, 'f'), 'x');
    const pool = new HashPool(fromText(folder.path), 1);
    const job = { path: fromText('f'), ino: 1, dev: 0, offset: 0, bytes: 1, whole: true, part: false, trustCache: true, attributes: false };
    const waiting = Promise.all(Array.from({ length: 2000 }, () => pool.hash(job)));
    await pool.close();
    assert.ok((await waiting).every(({ outcome }) => outcome === 'aborted'));
  });
});
