import assert from 'node:assert/strict';
import { parseTarget } from '../../src/target/target.js';
import type { Target } from '../../src/target/target.js';
import { roomFor } from '../../src/transfer/room.js';

const MIB = 2 ** 20;
const folder = { target: parseTarget('/t') as Target, batchBytes: undefined };
const host = { target: parseTarget('host:/t') as Target, batchBytes: undefined };

describe('room for what is written', () => {
  it('is no matter where all of it fits beside what is read, nor on a host', () => {
    assert.deepEqual(roomFor(folder, 100 * MIB, 2, { headroomBytes: 200 * MIB, budgetBytes: 64 * MIB }), { batchBytes: 512 * MIB, coldBatchBytes: 16 * MIB, bytesPerSecond: Infinity, isTight: false });
    assert.equal(roomFor(host, 100 * MIB, 2, { headroomBytes: 0, budgetBytes: MIB }).isTight, false);
    assert.equal(roomFor(folder, 1e15, 2, { headroomBytes: Infinity, budgetBytes: Infinity }).isTight, false);
  });

  it('bounds batches and pace where it does not', () => {
    const room = roomFor(folder, 101 * MIB, 2, { headroomBytes: 200 * MIB, budgetBytes: 64 * MIB });
    assert.deepEqual(room, { batchBytes: 8 * MIB, coldBatchBytes: 8 * MIB, bytesPerSecond: 80 * MIB, isTight: true });
  });

  it('bounds no pace that one rsync does not reach anyway', () => {
    const room = roomFor(folder, 2 ** 40, 2, { headroomBytes: 2 ** 34, budgetBytes: 2 ** 34 });
    assert.deepEqual([room.bytesPerSecond, room.isTight, room.batchBytes], [Infinity, true, 512 * MIB]);
  });

  it('takes batches as the options say', () => {
    assert.equal(roomFor({ ...folder, batchBytes: 3 * MIB }, MIB, 2, { headroomBytes: 200 * MIB, budgetBytes: 64 * MIB }).batchBytes, 3 * MIB);
  });
});
