import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { BytePath } from '@duet/core';
import { ContentBook } from '../../src/content/content-book.js';
import type { FileContent } from '../../src/content/content-book.js';
import { contentBytes, entriesBefore, entryCount, entryOf, entryTaker } from '../../src/content/content-entries.js';
import { InodeNumbers } from '../../src/content/inode-numbers.js';
import { KnownContents } from '../../src/content/known-contents.js';
import { joinBytes } from '../../src/join-bytes.js';
import { hasSettled } from '../../src/tree/bare-files.js';
import { BlobTable } from '../../src/pipeline/blob-table.js';
import { MapState } from '../map-state.js';

function idOf(number: number): Buffer {
  return createHash('sha256').update(String(number)).digest();
}

function entriesOf(count: number, seed = 0): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => entryOf(idOf(seed * 10_000 + i), 1000 + i)));
}

const SEEN = { size: 10, mtimeNs: 5n, ctimeNs: 6n };
const PATH = 'file' as BytePath;

/** Neighbours, and some that are far apart. */
const NUMBERS = [1, 2, 31, 32, 5000];

describe('the book of contents', () => {
  it('is what it was until it is saved', () => {
    const state = new MapState();
    const book = new ContentBook(state, 'scope', true);
    book.put(1, { ...SEEN, isWhole: true, isBare: false, entries: entriesOf(1) });
    assert.equal(new ContentBook(state, 'scope', true).get(1), undefined);
    // More pages than are remembered.
    for (let no = 2; no < 5000; no++) book.put(no, { ...SEEN, isWhole: true, isBare: false, entries: entriesOf(1) });
    book.save();
    for (const no of [1, 77, 4999]) assert.deepEqual(book.get(no), new ContentBook(state, 'scope', true).get(no));
    assert.deepEqual([...book.numbers()], Array.from({ length: 4999 }, (_, i) => i + 1));
  });

  it('gives back what was put in, however long the lists are and whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ no: fc.constantFrom(...NUMBERS), count: fc.constantFrom(0, 1, 16, 17, 255, 256, 257, 700), remove: fc.boolean(), isWhole: fc.boolean(), isBare: fc.boolean() }), { maxLength: 12 }), (steps) => {
        const state = new MapState();
        const book = new ContentBook(state, 'scope', true);
        const other = new ContentBook(state, 'another', true);
        const model = new Map<number, FileContent>();
        steps.forEach(({ no, count, remove, isWhole, isBare }, seed) => {
          if (remove) {
            book.remove(no);
            model.delete(no);
          } else {
            const content = { ...SEEN, isWhole, isBare, mtimeNs: BigInt(seed) - 3n, entries: entriesOf(count, seed) };
            book.put(no, content);
            model.set(no, content);
          }
          for (const number of NUMBERS) assert.deepEqual(book.get(number), model.get(number));
          book.save();
          const anew = new ContentBook(state, 'scope', true);
          for (const number of NUMBERS) assert.deepEqual(anew.get(number), model.get(number));
          assert.deepEqual([...book.numbers()], [...model.keys()].sort((a, b) => a - b));
          assert.equal(book.isEmpty, model.size === 0);
        });
        assert.ok(other.isEmpty);
        for (const no of model.keys()) book.remove(no);
        book.save();
        assert.equal(state.map.size, 0, 'nothing is left behind');
      }),
    );
  });
});

describe('entries', () => {
  it('are cut where whole chunks end', () => {
    const entries = entriesOf(5);
    assert.equal(contentBytes(entries), 5010);
    for (const [end, count] of [[0, 0], [999, 0], [1000, 1], [2000, 1], [2001, 2], [5010, 5], [9999, 5]] as const) assert.equal(entryCount(entriesBefore(entries, end)), count, String(end));
    const take = entryTaker(joinBytes([entries, entriesOf(0), entriesOf(2, 1)]));
    assert.deepEqual([take(entries.length), take(0), take(entriesOf(2, 1).length)], [entries, entriesOf(0), entriesOf(2, 1)]);
  });
});

describe('known contents', () => {
  let state: MapState;
  let blobs: BlobTable;
  let contents: KnownContents;

  beforeEach(() => {
    state = new MapState();
    blobs = new BlobTable();
    contents = new KnownContents(state, 'scope', blobs, { ignoreCtime: false, ignoreInode: false }, true);
    for (let i = 0; i < 100; i++) blobs.claim(idOf(i), false);
  });

  function add(no: number, count: number, seen = { ...SEEN, size: contentBytes(entriesOf(count)) }): void {
    contents.add(no, contents.before(no, 0), entriesOf(count), seen, true, false, false);
  }

  it('are unchanged in the version that was read, and only there', () => {
    add(1, 2);
    const seen = { size: 2001, mtimeNs: 5n, ctimeNs: 6n };
    assert.ok(contents.unchanged(1, PATH, 1, seen));
    for (const other of [{ size: 2000 }, { mtimeNs: 4n }, { ctimeNs: 7n }]) assert.equal(contents.unchanged(1, PATH, 1, { ...seen, ...other }), undefined);
  });

  it('are nothing if a blob is not in the repository any more', () => {
    add(1, 2);
    contents.begin();
    contents.settle();
    const later = new KnownContents(state, 'scope', blobs, { ignoreCtime: false, ignoreInode: false }, true);
    assert.ok(later.get(1));
    const pruned = new BlobTable();
    pruned.claim(idOf(0), false);
    assert.equal(new KnownContents(state, 'scope', pruned, { ignoreCtime: false, ignoreInode: false }, true).get(1), undefined);
  });

  it('are in the state only when what they were begun with is settled', () => {
    add(1, 1);
    contents.begin();
    add(2, 1);
    contents.settle();
    const durable = new KnownContents(state, 'scope', blobs, { ignoreCtime: false, ignoreInode: false }, true);
    assert.ok(durable.get(1) && contents.get(2));
    assert.equal(durable.get(2), undefined);
  });

  it('of a mixture of versions are never taken for a version of the file', () => {
    const first = { size: 3003, mtimeNs: 1n, ctimeNs: 1n };
    contents.add(1, contents.before(1, 0), entriesOf(1), first, false, false, false);
    contents.add(1, contents.before(1, 1000), entriesOf(2).subarray(36), { size: 2001, mtimeNs: 2n, ctimeNs: 2n }, true, false, false);
    assert.equal(contents.unchanged(1, PATH, 1, { size: 2001, mtimeNs: 2n, ctimeNs: 2n }), undefined);
    contents.add(2, contents.before(2, 0), entriesOf(1), { ...first, size: 1000 }, true, true, false);
    assert.equal(contents.unchanged(2, PATH, 1, { ...first, size: 1000 }), undefined);
  });

  it('are without attributes only while they have none, however coarse times are and whenever somebody looks', () => {
    const step = fc.record({ afterMs: fc.constantFrom(0, 1, 5, 500, 1000, 2999, 3001, 10_000), what: fc.constantFrom('set', 'remove', 'write', 'read', 'walk') });
    fc.assert(
      fc.property(fc.constantFrom(1, 4, 10, 1000), fc.array(step, { maxLength: 30 }), fc.boolean(), (tickMs, steps, settles) => {
        const contents = new KnownContents(new MapState(), 'scope', blobs, { ignoreCtime: false, ignoreInode: false }, true);
        // The file, whose times are as coarse as the tick.
        let nowMs = 1_000_000;
        let hasAttribute = false;
        const file = { size: 1000, mtimeNs: 0n, ctimeNs: 0n };
        const touch = (): void => void (file.ctimeNs = BigInt(Math.floor(nowMs / tickMs) * tickMs) * 1_000_000n);
        touch();
        const isBare = (): boolean => hasSettled(file.ctimeNs, nowMs) && !hasAttribute;
        for (const { afterMs, what } of steps) {
          nowMs += afterMs;
          const known = contents.get(1);
          if (known !== undefined && contents.isBare(known, file)) assert.equal(hasAttribute, false);
          if (what === 'read') {
            contents.add(1, contents.before(1, 0), entriesOf(1), { ...file }, true, false, isBare());
          } else if (what === 'walk') {
            if (isBare()) contents.setBare(1, { ...file });
          } else {
            if (what !== 'write') hasAttribute = what === 'set';
            else file.mtimeNs = BigInt(nowMs);
            touch();
          }
          if (!settles) continue;
          contents.begin();
          contents.settle();
        }
      }),
    );
  });

  it('are without attributes to those alone who see as much', () => {
    const options = { ignoreCtime: false, ignoreInode: false };
    const seenBy = (isAdmin: boolean, ignored = options): boolean => {
      const later = new KnownContents(state, 'scope', blobs, ignored, isAdmin);
      return later.isBare(later.get(1)!, SEEN);
    };
    const keep = (isAdmin: boolean): void => {
      const known = new KnownContents(state, 'scope', blobs, options, isAdmin);
      known.add(1, known.before(1, 0), entryOf(idOf(1), 10), SEEN, true, false, true);
      known.begin();
      known.settle();
    };
    keep(false);
    assert.deepEqual([seenBy(false), seenBy(true)], [true, false]);
    keep(true);
    assert.deepEqual([seenBy(false), seenBy(true)], [true, true]);
    assert.deepEqual([seenBy(true, { ...options, ignoreCtime: true }), seenBy(true, { ...options, ignoreInode: true })], [false, false]);
  });

  it('keep their long lists when it becomes known that they have no attributes', () => {
    const count = 700;
    for (let i = 0; i < count; i++) blobs.claim(idOf(i), false);
    add(1, count);
    contents.begin();
    contents.settle();
    const seen = { ...SEEN, size: contentBytes(entriesOf(count)) };
    contents.setBare(1, { ...seen, ctimeNs: 7n });
    assert.equal(contents.hasUnsettled, false, 'another version');
    contents.setBare(1, seen);
    contents.begin();
    contents.settle();
    assert.deepEqual(new ContentBook(state, 'scope', true).get(1), { ...seen, isWhole: true, isBare: true, entries: entriesOf(count) });
  });
});

describe('numbers of inodes', () => {
  it('are those that were set last', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.oneof(fc.nat(20), fc.constant(2 ** 52 + 3)), fc.nat(1000)), { maxLength: 300 }), (sets) => {
        const numbers = new InodeNumbers();
        const model = new Map<string, number>();
        for (const [dev, ino, no] of sets) {
          numbers.set(dev, ino, no);
          model.set(`${dev} ${ino}`, no);
        }
        for (const [dev, ino] of sets) assert.equal(numbers.get(dev, ino), model.get(`${dev} ${ino}`));
        assert.equal(numbers.get(9, 9), undefined);
      }),
    );
  });
});
