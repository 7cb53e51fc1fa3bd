import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Transfers } from '../../src/transfer/transfers.js';
import type { Outcome } from '../../src/transfer/transfers.js';

const named = (name: string) => ({ name, bytes: 1, coldBytes: 0 });
type Named = ReturnType<typeof named>;
const limits = { bytes: 1000, coldBytes: 1000, files: 2, waitMs: 5, quietMs: 5 };

describe('transfers', () => {
  it('go in batches, some at once, and each has its own outcome', async () => {
    let [running, most] = [0, 0];
    const batches: string[][] = [];
    const run = async (batch: readonly Named[]): Promise<Outcome[]> => {
      const names = batch.map(({ name }) => name);
      batches.push(names);
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      return names.map((name) => (name === 'bad' ? { done: false, error: new Error('bad') } : { done: true }));
    };
    const transfers = new Transfers({ limits, atOnce: 2, run });
    const settled = await Promise.allSettled(['a', 'bad', 'c', 'd', 'e', 'f', 'g'].map((name) => transfers.add(named(name))));
    assert.deepEqual(settled.map(({ status }) => status === 'fulfilled'), [true, false, true, true, true, true, true]);
    assert.deepEqual(batches, [['a', 'bad'], ['c', 'd'], ['e', 'f'], ['g']]);
    assert.equal(most, 2);
  });

  it('wait for no more when told that there are none', async () => {
    const transfers = new Transfers<Named>({ limits: { ...limits, waitMs: 60_000, quietMs: 60_000 }, atOnce: 1, run: (batch) => Promise.resolve(batch.map(() => ({ done: true }))) });
    for (const name of ['a', 'b of another round']) {
      const added = transfers.add(named(name));
      transfers.last();
      await added;
    }
  });

  it('end with the first failure: what waits and what comes is rejected with it', async () => {
    const transfers = new Transfers<Named>({ limits, atOnce: 1, run: () => Promise.reject(new Error('lost')) });
    const settled = await Promise.allSettled(['a', 'b', 'c'].map((name) => transfers.add(named(name))));
    assert.deepEqual(settled.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : '')), ['lost', 'lost', 'lost']);
    await assert.rejects(transfers.add(named('d')), /lost/);
    await transfers.idle();
  });

  it('take along what was put off, tell nobody what is wrong with one of it, and settle with what is wrong for all', async () => {
    const batches: string[][] = [];
    let isLost = false;
    const run = async (batch: readonly Named[]): Promise<Outcome[]> => {
      if (isLost) throw new Error('lost');
      batches.push(batch.map(({ name }) => name));
      await sleep(5);
      return batch.map(() => ({ done: false, error: new Error('bad') }));
    };
    const transfers = new Transfers<Named>({ limits: { ...limits, waitMs: 60_000 }, atOnce: 1, run });
    await transfers.settle();
    transfers.putOff(named('a'));
    await sleep(20);
    assert.deepEqual(batches, []);
    await assert.rejects(transfers.add(named('b')), /bad/);
    assert.deepEqual(batches, [['a', 'b']]);
    transfers.putOff(named('c'));
    await transfers.settle();
    assert.deepEqual(batches.at(-1), ['c']);
    isLost = true;
    transfers.putOff(named('d'));
    await assert.rejects(transfers.settle(), /lost/);
    transfers.putOff(named('e'));
    await assert.rejects(transfers.settle(), /lost/);
  });
});
