import assert from 'node:assert/strict';
import { defragOptions } from '../src/options.js';

describe('options of defrag', () => {
  it('come as strings', () => {
    const { minBytes, maxBytes, maxTime, shared, exclude } = defragOptions.parse({ minBytes: '64K', maxBytes: '10G', maxTime: '2h', shared: 'true', exclude: '*.iso,tmp' });
    assert.deepEqual([minBytes, maxBytes, maxTime, shared, exclude], [65_536, 10 * 2 ** 30, 7_200_000, true, ['*.iso', 'tmp']]);
  });

  it('refuse what makes no sense', () => {
    for (const wrong of [{ minExtents: 1 }, { maxFiles: 0 }, { maxBytes: 'much' }, { maxTime: '5' }, { unknown: 1 }]) assert.ok(!defragOptions.safeParse(wrong).success, JSON.stringify(wrong));
  });
});
