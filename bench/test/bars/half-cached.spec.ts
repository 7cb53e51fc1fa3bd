import assert from 'node:assert/strict';
import { lateUnits } from '../../src/bars/half-cached.js';
import type { UnitLine } from '../../src/duet/lines.js';

const tree = { seed: 0, bytes: 3, files: ['a', 'b', 'c'].map((path) => ({ path, bytes: 1 })) };
const unit = (path: string, reason: UnitLine['reason'], atMs: number): UnitLine & { arrivedMs: number } => ({ type: 'unit', task: 'scrub', path, offset: 0, bytes: 1, cachedBytes: 0, reason, ms: 1, atMs, endMs: atMs + 1, arrivedMs: atMs + 2 });

describe('units that come too late', () => {
  it('are none where the cached ones come first, in whatever order they are printed', () => {
    const units = [unit('c', 'cold', 3), unit('a', 'cached', 1), unit('b', 'cached', 2)];
    assert.deepEqual(lateUnits({ units }, tree, [1, 1, 0]), { late: 0, lateByReason: 0 });
  });

  it('are those cached at the start that come after one that was not', () => {
    const units = [unit('c', 'cold', 1), unit('a', 'cached', 2), unit('b', 'cold', 3)];
    assert.deepEqual(lateUnits({ units }, tree, [1, 1, 0]), { late: 2, lateByReason: 1 });
  });

  it('are none where nothing is cached, or everything', () => {
    const units = [unit('a', 'cached', 1), unit('b', 'cached', 2)];
    assert.deepEqual(lateUnits({ units }, tree, [1, 1, 1]), { late: 0, lateByReason: 0 });
    assert.deepEqual(lateUnits({ units: [unit('a', 'cold', 1)] }, tree, [0, 0, 0]), { late: 0, lateByReason: 0 });
  });
});
