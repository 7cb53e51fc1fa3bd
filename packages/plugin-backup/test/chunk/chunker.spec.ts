import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Chunker, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, PIECE_BYTES } from '../../src/chunk/chunker.js';
import { remainder } from '../../src/chunk/polynomial.js';
import { RabinScan, WINDOW_BYTES } from '../../src/chunk/rabin-scan.js';
import { LocalStorage } from '../../src/repository/local-storage.js';
import { Repository } from '../../src/repository/repository.js';
import { randomPolynomial } from '../../src/repository/polynomial.js';
import { needsRestic, PASSWORD, restic } from '../restic.js';
import { useTempFolder } from '../temp-folder.js';

const POLYNOMIAL = 0x3da3358b4dc173n;

/** Content with boundaries at many places: of few bits, so that fingerprints repeat. */
function contentOf(seed: number, bytes: number): Buffer {
  const content = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let block = 0; at < bytes; block++) at += createHash('sha256').update(`${seed} ${block}`).digest().copy(content, at);
  return content;
}

/** The fingerprint of 64 bytes, by its definition: the remainder of the polynomial that the bytes are. */
function fingerprint(window: Uint8Array, polynomial: bigint): bigint {
  return remainder(BigInt(`0x${Buffer.from(window).toString('hex')}`), polynomial);
}

/** Lengths of the chunks of a file that is fed in pieces of these lengths. */
function chunkLengths(chunker: Chunker, content: Buffer, pieces: readonly number[]): number[] {
  const lengths: number[] = [];
  chunker.clear();
  for (let at = 0, i = 0; at < content.length; i++) {
    const piece = content.subarray(at, at + pieces[i % pieces.length]);
    chunker.add(piece);
    for (let chunk = chunker.next(); chunk !== undefined; chunk = chunker.next()) lengths.push(chunk.length);
    at += piece.length;
  }
  if (chunker.rest.length > 0) lengths.push(chunker.rest.length);
  return lengths;
}

describe('the scan for boundaries', () => {
  it('finds the first place whose fingerprint ends in zeros, as the definition has it', () => {
    const scan = new RabinScan(POLYNOMIAL, 200_000);
    // A window with a boundary behind it, looked for once with the slow model.
    const window = boundaryWindow();
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 90_000 }), fc.array(fc.nat(90_000), { maxLength: 3 }), (seed, before, length, places) => {
        const content = contentOf(seed, 200_000);
        const from = WINDOW_BYTES + before;
        const to = Math.min(from + length, content.length);
        for (const place of places) content.set(window, Math.min(from + place, content.length) - WINDOW_BYTES);
        scan.content.set(content);
        const found = scan.find(from, to);
        const ends = places.map((place) => Math.min(from + place, content.length)).filter((end) => end > from && end <= to && fingerprint(content.subarray(end - WINDOW_BYTES, end), POLYNOMIAL) % 0x100000n === 0n);
        if (found !== 0) assert.equal(fingerprint(content.subarray(found - WINDOW_BYTES, found), POLYNOMIAL) % 0x100000n, 0n);
        // Random content has a boundary of its own once in a while: then it has to come before.
        if (ends.length > 0) assert.ok(found > 0 && found <= Math.min(...ends));
        else if (found !== 0) assert.ok(found > from && found <= to);
      }),
      { numRuns: 200 },
    );
  });
});

/** 64 bytes whose fingerprint ends in 20 zeros: the last bytes of any window can be chosen so that it does. */
function boundaryWindow(): Buffer {
  const window = contentOf(7, WINDOW_BYTES);
  // The last 20 bits of the content are the last 20 of the fingerprint as long as nothing is carried: the remainder is linear.
  const low = Number(fingerprint(window, POLYNOMIAL) & 0xfffffn);
  window.writeUInt32BE((window.readUInt32BE(WINDOW_BYTES - 4) ^ low) >>> 0, WINDOW_BYTES - 4);
  assert.equal(fingerprint(window, POLYNOMIAL) % 0x100000n, 0n);
  return window;
}

describe('the chunker', () => {
  it('cuts at the same places in whatever pieces content comes, and where it goes on after a rest', () => {
    const chunker = new Chunker(POLYNOMIAL);
    const content = contentOf(1, 12 * 1024 * 1024);
    const expected = chunkLengths(chunker, content, [PIECE_BYTES]);
    assert.ok(expected.length > 3, 'the content has several chunks');
    assert.equal(expected.reduce((sum, bytes) => sum + bytes), content.length);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20_000, max: PIECE_BYTES }), { minLength: 1, maxLength: 5 }), fc.nat(content.length), (pieces, split) => {
        assert.deepEqual(chunkLengths(chunker, content, pieces), expected);
        // Interrupted at `split`, with another file in between.
        const head = chunkLengths(chunker, content.subarray(0, split), pieces);
        const rest = Buffer.from(chunker.rest);
        chunkLengths(chunker, contentOf(2, 1_000_000), pieces);
        const tail = Buffer.concat([rest, content.subarray(split)]);
        assert.deepEqual([...head.slice(0, rest.length > 0 ? -1 : undefined), ...chunkLengths(chunker, tail, pieces)], expected);
        chunker.resume(rest);
        const resumed: number[] = [];
        for (let at = split; at < content.length; at += PIECE_BYTES) {
          chunker.add(content.subarray(at, at + PIECE_BYTES));
          for (let chunk = chunker.next(); chunk !== undefined; chunk = chunker.next()) resumed.push(chunk.length);
        }
        if (chunker.rest.length > 0) resumed.push(chunker.rest.length);
        assert.deepEqual([...head.slice(0, rest.length > 0 ? -1 : undefined), ...resumed], expected);
      }),
      { numRuns: 6 },
    );
  });

  it('keeps to the lengths that chunks may have', () => {
    const chunker = new Chunker(POLYNOMIAL);
    assert.deepEqual(chunkLengths(chunker, Buffer.alloc(20 * 1024 * 1024), [PIECE_BYTES]), zeroLengths());
    assert.deepEqual(chunkLengths(chunker, contentOf(3, 1000), [PIECE_BYTES]), [1000]);
    assert.deepEqual(chunkLengths(chunker, Buffer.alloc(0), [PIECE_BYTES]), []);
    for (const bytes of chunkLengths(chunker, contentOf(4, 30 * 1024 * 1024), [PIECE_BYTES]).slice(0, -1)) assert.ok(bytes >= MIN_CHUNK_BYTES && bytes <= MAX_CHUNK_BYTES);
  });

  /** The fingerprint of zeros is 0: each place is a boundary. */
  function zeroLengths(): number[] {
    return Array<number>(40).fill(MIN_CHUNK_BYTES);
  }
});

describe("the chunker's cuts", () => {
  const folder = useTempFolder();

  before(function () {
    needsRestic(this);
  });

  it("are restic's, for several polynomials", async function () {
    this.timeout(60_000);
    const content = Buffer.concat([contentOf(5, 15 * 1024 * 1024), Buffer.alloc(12 * 1024 * 1024), Buffer.from('text\n'.repeat(900_000))]);
    const file = join(folder.path, 'file');
    writeFileSync(file, content);
    const seen = new Set<bigint>();
    for (let i = 0; i < 3; i++) {
      const repo = join(folder.path, `repo-${i}`);
      const { config } = await Repository.init(LocalStorage.create(repo), PASSWORD);
      seen.add(config.polynomial);
      restic(repo, 'backup', '-q', file);
      const stored = new Set(restic(repo, 'list', 'blobs').split('\n').filter((line) => line.startsWith('data ')).map((line) => line.slice(5)));
      const chunker = new Chunker(config.polynomial);
      const ids = new Set<string>();
      for (let at = 0; at < content.length; at += PIECE_BYTES) {
        chunker.add(content.subarray(at, at + PIECE_BYTES));
        for (let chunk = chunker.next(); chunk !== undefined; chunk = chunker.next()) ids.add(createHash('sha256').update(chunk).digest('hex'));
      }
      ids.add(createHash('sha256').update(chunker.rest).digest('hex'));
      assert.deepEqual(ids, stored);
    }
    assert.equal(seen.size, 3);
  });

  it('differ from one polynomial to the next', () => {
    const content = contentOf(6, 20 * 1024 * 1024);
    const [a, b] = [randomPolynomial(), randomPolynomial()].map((polynomial) => chunkLengths(new Chunker(polynomial), content, [PIECE_BYTES]));
    assert.notDeepEqual(a, b);
  });
});
