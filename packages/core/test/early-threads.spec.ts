import assert from 'node:assert/strict';
import { startThreads, storeThread } from '../src/early-threads.js';

describe('the thread of the store, started ahead', () => {
  it('is given away once, however often it was started; who comes later has one of its own', async () => {
    startThreads();
    startThreads();
    const first = storeThread.take();
    const second = storeThread.take();
    assert.notEqual(first, second);
    for (const worker of [first, second]) {
      const answered = new Promise<{ id: number }>((resolve, reject) => worker.once('message', resolve).once('error', reject));
      worker.postMessage({ id: 7, call: 'close', argument: undefined });
      assert.equal((await answered).id, 7);
    }
  });
});
