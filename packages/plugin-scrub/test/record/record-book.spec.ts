import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeRun, encodeRun, SEGMENTS_IN_RUN } from '../../src/record/segment-codec.js';
import { decodeRecord } from '../../src/record/record-codec.js';
import { RecordBook } from '../../src/record/record-book.js';
import { SEGMENT_BYTES } from '../../src/record/record.js';
import type { ScrubRecord, SegmentRecord } from '../../src/record/record.js';
import { MemoryState } from '../fake-context.js';
import { digests, records } from './arbitrary-record.js';

const segments: fc.Arbitrary<SegmentRecord> = fc.record({
  digest: digests,
  verifiedAtMs: fc.integer({ min: 0, max: 0xffffffff }).map((seconds) => seconds * 1000),
  unsettled: fc.boolean(),
}, { noNullPrototype: true });
const [example] = fc.sample(records, 1) as [ScrubRecord];

describe('segment runs', () => {
  it('give back what they were given', () => {
    fc.assert(fc.property(fc.array(fc.option(segments, { nil: undefined }), { maxLength: SEGMENTS_IN_RUN }), (run) => assert.deepEqual(decodeRun(encodeRun(run)), run)));
  });

  it('refuse garbage', () => {
    for (const bytes of [[], [2], [1, 1], [1, ...Array<number>(37).fill(9)]]) {
      assert.throws(() => decodeRun(Uint8Array.from(bytes)), { code: 'DUET_ERR_STATE_CORRUPT' });
    }
  });
});

describe('RecordBook', () => {
  it('finds records by number, and all of them page by page', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 40 }), records, (nos, record) => {
        const state = new MemoryState();
        const book = new RecordBook(state);
        for (const no of nos) book.put(no, { ...record, ino: no });
        const reopened = new RecordBook(state);
        assert.equal(reopened.empty, nos.length === 0);
        for (const no of nos) assert.equal(reopened.get(no)?.ino, no);
        const listed = [...reopened.pages()].flat();
        assert.deepEqual(new Map(listed.map(([no, bytes]) => [no, decodeRecord(bytes).ino])), new Map(nos.map((no) => [no, no])));
      }),
    );
  });

  it('keeps segments that come in any order, in small values', () => {
    const state = new MemoryState();
    const book = new RecordBook(state);
    const size = 200 * SEGMENT_BYTES - 1;
    const record = { ...example, size, imported: false, verifiedAtMs: 0 };
    book.put(1, record);
    const all = Array.from({ length: 200 }, (_, i): SegmentRecord => ({ digest: Buffer.alloc(32, i), verifiedAtMs: (1000 + i) * 1000, unsettled: i % 2 === 0 }));
    for (const first of [198, 62, 0, 130, 100]) book.putSegments(1, first, all.slice(first, first + 2));
    assert.equal(book.verifiedAtMs(1, record), 0);
    assert.deepEqual(book.segment(1, 131), all[131]);
    assert.equal(book.segment(1, 129), undefined);
    book.putSegments(1, 0, all);
    all.forEach((segment, i) => assert.deepEqual(book.segment(1, i), segment));
    assert.equal(book.verifiedAtMs(1, record), 1_000_000);
    assert.equal(book.verifiedAtMs(1, { ...record, imported: true }), 0);
    for (const value of state.map.values()) assert.ok(value.length <= 4096, `${value.length}`);
    book.remove(1, record);
    assert.deepEqual([...state.map.keys()], ['last-page']);
  });
});
