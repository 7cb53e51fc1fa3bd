import assert from 'node:assert/strict';
import { once } from 'node:events';
import { startThread, threadsLoaded } from '../src/threads.js';

const SLOW = new URL('./fixtures/slow-thread.js', import.meta.url);
const BROKEN = new URL('./fixtures/broken-thread.js', import.meta.url);

describe('threadsLoaded', () => {
  it('waits until each thread that was started has loaded its code', async () => {
    const loaded = new Int32Array(new SharedArrayBuffer(4));
    const threads = [0, 1].map(() => startThread(SLOW, { workerData: loaded }));
    await threadsLoaded();
    assert.equal(Atomics.load(loaded, 0), 2);
    for (const thread of threads) await thread.terminate();
  });

  it('does not wait for a thread that failed to', async () => {
    const thread = startThread(BROKEN, {});
    const failed = once(thread, 'error');
    await Promise.all([threadsLoaded(), assert.rejects(Promise.race([failed.then(([error]) => Promise.reject(error as Error)), once(thread, 'exit')]), /cannot be loaded/)]);
    await threadsLoaded();
  });
});
