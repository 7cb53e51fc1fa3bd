import assert from 'node:assert/strict';
import { comparison } from '../../src/planner/comparison.js';
import { latencyTable, readsTable, wallsTable } from '../../src/planner/markdown.js';
import { picture } from '../../src/planner/picture.js';
import type { ResultsFile } from '../../src/bars/results-file.js';
import { comparedName, comparedParts } from '../../src/planner/setting.js';

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

  it('has a table of latencies with a row for each side', () => {
    const rows = (value: number) => [{ setting: 'beside', sides: { Duet: { value }, 'no maintenance': { value: value / 2 } } }];
    const walls = [{ setting: 'cold', sides: { Duet: { value: 1 } } }, { setting: 'beside', sides: { Duet: { value: 6.84 } } }];
    assert.deepEqual(latencyTable(rows(0.2), rows(4), walls).split('\n').slice(2), ['| Duet | 0.20 | 4.00 | 6.8 |', '| no maintenance | 0.10 | 2.00 | - |']);
  });

  it('tells names of figures that it compares from others', () => {
    const name = comparedName('cold, 64 MiB', 'read latency, p99', 'Duet --io-pressure 1');
    assert.deepEqual(comparedParts(name), { setting: 'cold, 64 MiB', measure: 'read latency, p99', side: 'Duet --io-pressure 1' });
    assert.equal(comparedParts('cold, 64 MiB: wall / three peers together'), undefined);
  });

  it('is a picture', () => {
    const svg = picture('Device reads', comparison(results, 'device reads / data'), ['three peers', 'Duet', 'floor'], 2);
    assert.match(svg, /^<svg /);
    for (const text of ['Device reads', 'two join', 'three peers', '2.63', '1.01']) assert.ok(svg.includes(text), text);
  });
});
