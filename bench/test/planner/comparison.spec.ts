import assert from 'node:assert/strict';
import { comparison } from '../../src/planner/comparison.js';
import { readsTable, wallsTable } from '../../src/planner/markdown.js';
import { picture } from '../../src/planner/picture.js';
import type { ResultsFile } from '../../src/bars/results-file.js';
import { comparedName } from '../../src/planner/setting.js';

const figure = (setting: string, side: 'Duet' | 'three peers' | 'floor', value: number, bound?: number) => ({
  figure: comparedName(setting, 'device reads / data', side),
  value,
  unit: '',
  ...(bound !== undefined && { bound: { is: '<=' as const, value: bound } }),
});

const results: ResultsFile = {
  machine: { kernel: '', node: '', cpus: 1, cpu: '', memoryGiB: 1 },
  fs: 'ext4',
  scenarios: {
    'three-cold': {
      measured: '',
      reps: 1,
      seed: 1,
      figures: [figure('cold', 'three peers', 2.6312), figure('cold', 'Duet', 1.0101, 1.02), figure('cold', 'floor', 1), { figure: 'cold: something else', value: 7, unit: '' }],
    },
    join: { measured: '', reps: 1, seed: 1, figures: [figure('two join', 'Duet', 2.0222)] },
  },
};

describe('the comparison of sides', () => {
  it('finds the figures of each setting among the results', () => {
    assert.deepEqual(comparison(results, 'device reads / data'), [
      { setting: 'cold', sides: { 'three peers': { value: 2.6312 }, Duet: { value: 1.0101, bound: 1.02 }, floor: { value: 1 } } },
      { setting: 'two join', sides: { Duet: { value: 2.0222 } } },
    ]);
    assert.deepEqual(comparison(results, 'wall time'), []);
  });

  it('is a table in Markdown', () => {
    const lines = readsTable(comparison(results, 'device reads / data')).split('\n');
    assert.deepEqual(lines.slice(2), ['| cold | 2.63 | 1.01 | 1.00 | 1.02 |', '| two join | - | 2.02 | - | - |']);
    assert.equal(wallsTable([]).split('\n').length, 2);
  });

  it('is a picture', () => {
    const svg = picture('Device reads', comparison(results, 'device reads / data'), ['three peers', 'Duet', 'floor'], 2);
    assert.match(svg, /^<svg /);
    for (const text of ['Device reads', 'two join', 'three peers', '2.63', '1.01']) assert.ok(svg.includes(text), text);
  });
});
