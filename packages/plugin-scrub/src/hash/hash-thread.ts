import { parentPort, workerData } from 'node:worker_threads';
import { readWhenIdle, Root, standBack } from '@duet/core/kernel/read';
import { threadLoaded } from '@duet/core/threads';
import { tagFile } from './attribute-writer.js';
import { FileHasher } from './file-hasher.js';
import type { ThreadReply, ThreadRequest } from './hash-job.js';
import type { ThreadData } from './hash-pool.js';
import { packResults, unpackJobs } from './job-columns.js';

threadLoaded();
standBack();
readWhenIdle();

/* Entry of a hashing thread: takes `ThreadRequest`s, one at a time and in order, and posts a `ThreadReply` for each. */

const data = workerData as ThreadData;
const port = parentPort!;
const stop = new Int32Array(data.stop);
const root = Root.open(data.root);
const hasher = new FileHasher(root, () => Atomics.load(stop, 0) !== 0);

port.on('message', (request: ThreadRequest) => {
  switch (request.type) {
    case 'hash': {
      const results = packResults(unpackJobs(request.jobs).map((job) => hasher.hash(job)));
      reply({ type: 'hash', id: request.id, results }, [results.numbers, results.times, results.digests].map(({ buffer }) => buffer as ArrayBuffer));
      break;
    }
    case 'tag':
      reply({ type: 'tag', id: request.id, result: tagFile(root, request.job) }, []);
      break;
    case 'close':
      root.close();
      port.close();
  }
});

function reply(message: ThreadReply, transfer: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}
