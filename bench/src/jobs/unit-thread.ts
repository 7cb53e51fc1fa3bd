import { parentPort, workerData } from 'node:worker_threads';
import { DuetError } from '@duet/core/model';
import type { BytePath, FileStat } from '@duet/core/model';
import { Root, standBack, UnitReader } from '@duet/core/kernel/read';
import { CopyWork } from './copy-work.js';
import { HashWork } from './hash-work.js';
import { PackWork } from './pack-work.js';
import type { UnitWork } from './unit-work.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly work: 'hash' | 'pack' | 'copy';
  /** Absolute path of the task. */
  readonly path: BytePath;
  /** Folder that `pack` and `copy` write to. */
  readonly target: string;
  /** One 32-bit number; not 0 once all is to end. */
  readonly stop: SharedArrayBuffer;
}

/** A unit to be processed. */
export interface UnitJob {
  readonly path: BytePath;
  readonly ino: number;
  readonly statDev: number;
  readonly offset: number;
  readonly bytes: number;
}

export type ThreadRequest = UnitJob | 'flush' | 'close';

/** What a unit cost, how its file was before it was read, and what the task keeps. */
export interface UnitDone {
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  readonly seen: FileStat;
  readonly kept: Uint8Array;
}

/** One for each request but `close`, in order. Errors are taken apart: their class does not survive the way between threads. */
export type ThreadReply = UnitDone | 'aborted' | 'flushed' | { readonly code: DuetError['code']; readonly message: string; readonly path: string };

const data = workerData as ThreadData;
const port = parentPort!;
const stop = new Int32Array(data.stop);
const root = Root.open(data.path);
const reader = new UnitReader(root);
const work = workOf(data);

standBack();
port.on('message', (request: ThreadRequest) => {
  if (request === 'close') {
    work.flush();
    root.close();
    port.close();
  } else if (request === 'flush') {
    work.flush();
    reply('flushed');
  } else {
    reply(processed(request));
  }
});

function workOf({ work, target }: ThreadData): UnitWork {
  if (work === 'hash') return new HashWork();
  return work === 'pack' ? new PackWork(target) : new CopyWork(target);
}

function processed(job: UnitJob): ThreadReply {
  if (stopped()) return 'aborted';
  try {
    work.begin(job.path, job.offset);
    const done = reader.read({ ...job, direct: false }, (piece) => {
      work.take(piece);
      return !stopped();
    });
    if (done.outcome !== 'read' || (stopped() && done.bytes < job.bytes)) return 'aborted';
    return { bytesFromCache: done.cacheBytes, bytesFromDisk: done.diskBytes, seen: done.before, kept: work.end() };
  } catch (error) {
    if (error instanceof DuetError) return { code: error.code, message: error.message, path: error.path ?? job.path };
    throw error;
  }
}

function stopped(): boolean {
  return Atomics.load(stop, 0) !== 0;
}

function reply(message: ThreadReply): void {
  port.postMessage(message);
}
