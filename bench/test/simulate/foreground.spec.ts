import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace, zipf } from '../../src/simulate/foreground.js';

describe('foreground accesses', () => {
  it('come at the rate, and the more popular units in proportion', () => {
    const accesses = zipf(1000 * 4096, 1)(1000, 4096);
    const times = new Map<number, number>();
    let last = 0;
    for (let i = 0; i < 50_000; i++) {
      const { atMs, unit } = accesses.next().value as { atMs: number; unit: number };
      assert.ok(atMs >= last && unit >= 0 && unit < 1000);
      last = atMs;
      times.set(unit, (times.get(unit) ?? 0) + 1);
    }
    assert.ok(Math.abs(last - 50_000) < 1500, `${last} ms`);
    const popular = [...times.values()].sort((a, b) => b - a);
    assert.ok(Math.abs(popular[0] / popular[9] - 10) < 2, `${popular[0]} : ${popular[9]}`);
  });

  it('are read from a trace, line by line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-trace-'));
    try {
      const path = join(folder, 'trace');
      writeFileSync(path, '# ms unit\n0 3\n12.5 9\n12.5 1\n');
      assert.deepEqual([...{ [Symbol.iterator]: () => trace(path)(5, 4096) }], [{ atMs: 0, unit: 3 }, { atMs: 12.5, unit: 1 }]);
      writeFileSync(path, '5 1\n4 1\n');
      assert.throws(() => trace(path)(5, 4096), /line 2/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
