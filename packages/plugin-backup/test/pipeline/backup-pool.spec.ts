import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { BytePath } from '@duet/core/model';
import { BackupPool } from '../../src/pipeline/backup-pool.js';
import type { ThreadReply, ThreadRequest } from '../../src/pipeline/thread-messages.js';
import { resultColumns } from '../../src/pipeline/unit-columns.js';

describe('BackupPool', () => {
  it('ends jobs with why a thread failed, also those that another thread was stopped in before that was told', async () => {
    const workers: { readonly worker: Worker; batch: number }[] = [];
    // The threads run, and hear nothing: what they are to say is said for them.
    const mute = (worker: Worker): void => {
      const entry = { worker, batch: 0 };
      workers.push(entry);
      worker.postMessage = (request: ThreadRequest) => {
        if (request.type === 'units') entry.batch = request.id;
      };
    };
    const say = (i: number, reply: ThreadReply): void => void workers[i].worker.emit('message', reply);
    process.on('worker', mute);
    try {
      const pool = new BackupPool(2);
      const jobs = ['a', 'b'].map((path, no) => pool.chunk({ no, path: path as BytePath, ino: no, statDev: 1, offset: 0, bytes: 4096, covered: 0, last: true }));
      const ends = Promise.allSettled(jobs);
      while (workers.length < 2 || workers.some(({ batch }) => batch === 0)) await nextTurn();
      say(1, { type: 'units', id: workers[1].batch, results: resultColumns([{ outcome: 'aborted' }]) });
      await nextTurn();
      say(0, { type: 'broken', error: { code: 'DUET_ERR_REPO_FULL', operation: 'write a pack', message: 'the disk is full' } });
      for (const end of await ends) assert.equal(end.status === 'rejected' && (end.reason as { code: string }).code, 'DUET_ERR_REPO_FULL');
    } finally {
      process.off('worker', mute);
      for (const { worker } of workers) await worker.terminate();
    }
  });

  it('has nothing to make durable once it was closed, and takes no more jobs', async () => {
    const pool = new BackupPool(2);
    await Promise.all([pool.close(), pool.close()]);
    assert.deepEqual(await pool.flush(), []);
    assert.deepEqual(await pool.chunk({ no: 0, path: 'a' as BytePath, ino: 1, statDev: 1, offset: 0, bytes: 4096, covered: 0, last: true }), { outcome: 'aborted' });
  });
});
