import assert from 'node:assert/strict';
import { silentLogger } from '../../src/index.js';
import { DeadlineWatch } from '../../src/worker/deadline-watch.js';

describe('a deadline', () => {
  const progress = { task: 'scrub', filesDone: 0, filesTotal: 1, bytesDone: 100e6, bytesTotal: 1000e6, bytesFromCache: 0, bytesFromDisk: 0 };
  const said: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => said.push(message) };
  beforeEach(() => (said.length = 0));

  it('that cannot be met at the present rate is told once, with the rate that it would take', () => {
    const watch = new DeadlineWatch(40_000, log);
    watch.check(progress, 100e6, 5_000);
    assert.deepEqual(said, []);
    watch.check(progress, 100e6, 10_000);
    watch.check(progress, 100e6, 11_000);
    assert.deepEqual(said, ['scrub will miss its deadline: it makes 10.0 MB/s, and would have to make 30.0 MB/s']);
  });

  it('that can be met is not told of', () => {
    new DeadlineWatch(200_000, log).check(progress, 100e6, 10_000);
    assert.deepEqual(said, []);
  });

  it('that has passed is told of', () => {
    new DeadlineWatch(10_000, log).check(progress, 100e6, 10_001);
    assert.deepEqual(said, ['scrub has missed its deadline, with 900000000 bytes left; it goes on']);
  });

  it('of zero is none', () => {
    new DeadlineWatch(0, log).check(progress, 0, 1e9);
    assert.deepEqual(said, []);
  });
});
