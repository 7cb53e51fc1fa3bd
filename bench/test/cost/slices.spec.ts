import assert from 'node:assert/strict';
import { cpuMs, roundsInSlices, stretchesOf, wallMs } from '../../src/cost/slices.js';

describe('slices', () => {
  const slices = [
    { fromMs: 0, toMs: 10, on: false },
    { fromMs: 20, toMs: 30, on: true },
  ];

  it('have the rounds of the stretches that lie within them, at the rate of all processes together', () => {
    const quick = stretchesOf('0 5 4 10\n5 10 4 10\n10 20 9 1\n20 30 9 10\n');
    const slow = stretchesOf('0 10 5 10\n10 21 5 1000\n21 26 5 5\n26 31 5 1000\n');
    assert.deepEqual(roundsInSlices(slices, [quick, quick], wallMs), { off: [0.5], on: [1] });
    assert.deepEqual(roundsInSlices(slices, [quick, slow], wallMs), { off: [2 / 3], on: [1] });
    assert.deepEqual(roundsInSlices(slices, [slow], cpuMs), { off: [0.5], on: [1] });
  });
});
