import assert from 'node:assert/strict';
import { WhenOpen } from '../../src/worker/when-open.js';

describe('what happens while tasks are opened', () => {
  it('waits for them, keeps its order, and then is done at once', async () => {
    const done: string[] = [];
    const open = new WhenOpen();
    open.do(() => {
      done.push('first');
      open.do(() => done.push('third'));
    });
    open.do(() => done.push('second'));
    assert.equal(done.length, 0);
    await open.open(() => false);
    assert.deepEqual(done, ['first', 'second', 'third']);
    open.do(() => done.push('fourth'));
    assert.equal(done.length, 4);
  });

  it('is left where the run is over', async () => {
    let done = 0;
    const open = new WhenOpen();
    for (let i = 0; i < 3; i++) open.do(() => done++);
    await open.open(() => done === 1);
    assert.equal(done, 1);
  });
});
