import { openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/* Writes to the file named in `workerData` until it is terminated. */
const fd = openSync(workerData as string, 'r+');
for (let i = 0; ; i++) {
  writeSync(fd, String(i % 10), 0);
  if (i === 0) parentPort!.postMessage('started');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
