import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { BlobTable } from '../../src/pipeline/blob-table.js';

function idOf(number: number): Buffer {
  return createHash('sha256').update(String(number)).digest();
}

describe('the table of blobs', () => {
  it('is a set of ids, in which folders and chunks are apart', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean(), fc.boolean())), (calls) => {
        const table = new BlobTable();
        const model = new Set<string>();
        for (const [number, isTree, claims] of calls) {
          const key = `${number} ${isTree}`;
          if (claims) {
            assert.equal(table.claim(idOf(number), isTree), !model.has(key));
            model.add(key);
          }
          assert.equal(table.has(idOf(number), isTree), model.has(key));
        }
      }),
    );
  });

  it('learns what an index has', () => {
    const table = new BlobTable();
    const many = 60_000;
    const blobs = Array.from({ length: many }, (_, i) => ({ id: idOf(i).toString('hex'), type: i % 3 === 0 ? ('tree' as const) : ('data' as const), offset: 0, length: 40 }));
    table.add({ id: idOf(-1).toString('hex'), blobs });
    for (let i = 0; i < many; i++) for (const isTree of [true, false]) assert.equal(table.has(idOf(i), isTree), isTree === (i % 3 === 0));
    assert.ok(!table.has(idOf(many), false));
  });

  it('goes on in further tables when one is full', () => {
    const table = new BlobTable();
    const many = 200_000;
    for (let i = 0; i < many; i++) assert.ok(table.claim(idOf(i), false));
    for (let i = 0; i < many; i++) assert.ok(table.has(idOf(i), false) && !table.claim(idOf(i), false));
    for (let i = many; i < many + 1000; i++) assert.ok(!table.has(idOf(i), false));
    const other = new BlobTable(table.memory);
    assert.ok(other.has(idOf(many - 1), false) && !other.has(idOf(many), false));
  });

  it('gives each blob to one of several threads', async function () {
    this.timeout(20_000);
    const table = new BlobTable();
    const blobs = 40_000;
    const code = `
      import { createHash } from 'node:crypto';
      import { parentPort, workerData } from 'node:worker_threads';
      const { BlobTable } = await import(workerData.module);
      const table = new BlobTable(workerData.memory);
      let claimed = 0;
      for (let i = 0; i < workerData.blobs; i++) if (table.claim(createHash('sha256').update(String(i)).digest(), false)) claimed++;
      parentPort.postMessage(claimed);`;
    const claimed = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<number>((resolve, reject) => {
            const workerData = { module: new URL('../../src/pipeline/blob-table.js', import.meta.url).href, memory: table.memory, blobs };
            const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData });
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    assert.equal(claimed.reduce((sum, one) => sum + one), blobs);
  });
});
