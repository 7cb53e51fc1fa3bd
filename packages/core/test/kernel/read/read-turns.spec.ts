import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ReadMode, ReadTurns } from '../../../src/kernel/read/read-turns.js';

const MODULE = new URL('../../../src/kernel/read/read-turns.js', import.meta.url).href;
/** Takes five turns, says when each began and ended. */
const READER = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(MODULE)}).then(({ ReadTurns }) => {
    const turns = ReadTurns.ofProcess();
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const took = [];
    for (let i = 0; i < 5; i++) {
      turns.take();
      const from = process.hrtime.bigint();
      Atomics.wait(pause, 0, 0, 5);
      took.push([from, process.hrtime.bigint()]);
      turns.pass();
    }
    parentPort.postMessage(took);
  });
`;

describe('turns of reading', () => {
  const turns = ReadTurns.ofProcess();
  afterEach(() => (turns.mode = ReadMode.FREE));

  const reader = async (): Promise<[bigint, bigint][]> => {
    const worker = new Worker(READER, { eval: true });
    const [took] = (await once(worker, 'message')) as [[bigint, bigint][]];
    return took;
  };

  it('are one at a time, for all threads of the process', async () => {
    turns.mode = ReadMode.CAREFUL;
    const took = (await Promise.all([reader(), reader(), reader()])).flat().sort(([a], [b]) => Number(a - b));
    assert.equal(took.length, 15);
    for (let i = 1; i < took.length; i++) assert.ok(took[i][0] >= took[i - 1][1], 'two at once');
    assert.ok(turns.tryTake());
    turns.pass();
  });

  it('are not lost with a thread that dies in its turn', async () => {
    turns.mode = ReadMode.CAREFUL;
    assert.ok(turns.tryTake());
    assert.equal(turns.tryTake(), false);
    await reader();
    turns.pass();
  });
});
