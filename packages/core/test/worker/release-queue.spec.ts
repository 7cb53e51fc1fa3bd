import assert from 'node:assert/strict';
import { ReleaseQueue } from '../../src/worker/release-queue.js';
import type { Release } from '../../src/worker/release-queue.js';

describe('pages that wait to leave the cache', () => {
  const asked: (readonly Release[])[] = [];
  let left: number[] = [];
  let queue: ReleaseQueue;

  beforeEach(() => {
    asked.length = 0;
    left = [];
    queue = new ReleaseQueue(async (releases) => (asked.push(releases.map(({ slot, runs }) => ({ slot, runs }))), left));
  });

  it('go together when somebody says so', async () => {
    queue.add({ slot: 1, runs: [0, 4] }, Infinity);
    queue.add({ slot: 2, runs: [] }, Infinity);
    queue.add({ slot: 3, runs: [8, 4] }, Infinity);
    assert.equal(asked.length, 0);
    await queue.flush();
    assert.deepEqual(asked, [[{ slot: 1, runs: [0, 4] }, { slot: 3, runs: [8, 4] }]]);
    await queue.flush();
    assert.equal(asked.length, 1);
  });

  it('go by themselves where they are many, for the budget', async () => {
    queue.add({ slot: 1, runs: [0, 15] }, 8 * 16 * 4096);
    assert.equal(asked.length, 0);
    queue.add({ slot: 1, runs: [15, 1] }, 8 * 16 * 4096);
    await queue.flush();
    assert.equal(asked.length, 1);
  });

  it('are tried once more if they could not go', async () => {
    left = [0, 3];
    queue.add({ slot: 1, runs: [0, 4] }, Infinity);
    queue.add({ slot: 2, runs: [0, 4] }, Infinity);
    for (let i = 0; i < 3; i++) await queue.flush();
    assert.deepEqual(asked.slice(1), [[{ slot: 2, runs: [0, 4] }]]);
  });

  it('of which nobody can be asked are given up', async () => {
    queue = new ReleaseQueue(() => Promise.reject(new Error('the thread died')));
    queue.add({ slot: 1, runs: [0, 4] }, Infinity);
    await queue.flush();
  });
});
