import assert from 'node:assert/strict';
import { allHold, holds, median, medianInterval, percentile, row } from '../../src/bars/figures.js';
import { Random } from '../../src/tree/random.js';

describe('figures', () => {
  it('hold at their bound', () => {
    assert.ok(holds(1.02, { is: '<=', value: 1.02 }) && !holds(1.03, { is: '<=', value: 1.02 }));
    assert.ok(holds(0.9, { is: '>=', value: 0.9 }) && !holds(0.89, { is: '>=', value: 0.9 }));
    assert.ok(holds(20, { is: '=', value: 20 }) && !holds(19, { is: '=', value: 20 }));
  });

  it('that could not be measured hold to nothing', () => {
    for (const is of ['<=', '>=', '='] as const) assert.ok(!holds(NaN, { is, value: 1 }));
  });

  it('have the middle value as median', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });

  it('have percentiles, which are some of the values', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.equal(percentile(values, 0.99), 198);
    assert.equal(percentile(values, 0.5), 100);
    assert.equal(percentile(values, 1), 200);
    assert.equal(percentile([7], 0.99), 7);
    assert.ok(Number.isNaN(percentile([], 0.99)));
  });

  it('are shown with bound and verdict', () => {
    const text = row('ext4', { scenario: 'cold', figure: 'device reads / data', value: 1.0312, unit: '', bound: { is: '<=', value: 1.02 }, pass: false });
    assert.match(text, /^ext4 +cold +device reads \/ data +1\.031 +<= 1\.02 +MISSED$/);
  });

  it('that lie within an interval hold, or do not, if all of it does; else it stays open', () => {
    const bound = { is: '<=', value: 1 } as const;
    assert.equal(allHold({ low: -2, high: 1 }, bound), true);
    assert.equal(allHold({ low: 1.1, high: 2 }, bound), false);
    assert.equal(allHold({ low: 0.9, high: 1.1 }, bound), undefined);
    const open = row('xfs', { scenario: 'rewrite', figure: 'slower by', value: 1, unit: '%', interval: { low: 0.9, high: 1.1 }, bound });
    assert.match(open, /1 % \(0\.900 to 1\.100\) +<= 1 +OPEN$/);
  });

  it('have an interval in which the true median is found 95 times of 100, of lopsided values too', () => {
    const random = new Random(1);
    const lopsided = (): number => random.next() ** 4;
    const trueMedian = 0.5 ** 4;
    for (const count of [20, 51, 200]) {
      const samples = Array.from({ length: 2000 }, () => medianInterval(Array.from({ length: count }, lopsided)));
      const found = samples.filter(({ low, high }) => low <= trueMedian && trueMedian <= high).length / samples.length;
      assert.ok(found > 0.93 && found < 0.995, `${count} values: ${found}`);
    }
    assert.deepEqual(medianInterval([3, 1]), { low: 1, high: 3 });
  });
});
