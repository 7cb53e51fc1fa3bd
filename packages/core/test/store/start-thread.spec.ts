import assert from 'node:assert/strict';
import { startStoreThread, takeStoreThread } from '../../src/store/start-thread.js';

describe('the thread of the store, started ahead', () => {
  it('is given away once, however often it was started; who comes later has one of its own', async () => {
    startStoreThread();
    startStoreThread();
    const first = takeStoreThread();
    const second = takeStoreThread();
    assert.notEqual(first, second);
    for (const worker of [first, second]) {
      const answered = new Promise<{ id: number }>((resolve, reject) => worker.once('message', resolve).once('error', reject));
      worker.postMessage({ id: 7, call: 'close', argument: undefined });
      assert.equal((await answered).id, 7);
    }
  });
});
