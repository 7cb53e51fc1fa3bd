import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DuetError } from '@duet/core';
import { decodeRecord, encodeRecord, pathOfRecord } from '../../src/record/record-codec.js';
import { records } from './arbitrary-record.js';

describe('record codec', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = encodeRecord(record);
        assert.deepEqual(decodeRecord(bytes), record);
        assert.equal(pathOfRecord(bytes), record.path);
      }),
    );
  });

  it('refuses anything else with DUET_ERR_STATE_CORRUPT, or reads it as a record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeRecord(bytes);
        } catch (error) {
          assert.ok(error instanceof DuetError && error.code === 'DUET_ERR_STATE_CORRUPT', String(error));
        }
      }),
      { examples: [[new Uint8Array()], [new Uint8Array([2])], [new Uint8Array(42).fill(1)]], numRuns: 2000 },
    );
  });

  it('refuses a record that was cut off before its path', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, cut) => {
        const bytes = encodeRecord(record);
        const head = bytes.length - record.path.length;
        assert.throws(() => decodeRecord(bytes.subarray(0, cut % head)), { code: 'DUET_ERR_STATE_CORRUPT' });
      }),
    );
  });
});
