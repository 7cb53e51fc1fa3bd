import { parentPort, workerData } from 'node:worker_threads';
import { readWhenIdle, Root, standBack } from '@duet/core/kernel/read';
import { threadLoaded } from '@duet/core/threads';
import type { ThreadData, ThreadRequest } from './defragmenter.js';
import { FileDefragmenter } from './file-defragmenter.js';

threadLoaded();
standBack();
readWhenIdle();

/* Entry of the defragmenting thread: takes jobs one at a time, and posts a `DefragOutcome` for each. */

const data = workerData as ThreadData;
const port = parentPort!;
const stop = new Int32Array(data.stop);
const root = Root.open(data.path);
const files = new FileDefragmenter(root, () => Atomics.load(stop, 0) !== 0);

port.on('message', (request: ThreadRequest) => {
  if (request === 'close') {
    root.close();
    port.close();
  } else {
    port.postMessage(files.defragment(request));
  }
});
