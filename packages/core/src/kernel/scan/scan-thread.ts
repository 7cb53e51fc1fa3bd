import { parentPort } from 'node:worker_threads';
import type { BytePath, ScanOptions } from '../../model/index.js';
import { Root } from '../read/root.js';
import { standBack } from '../thread-priority.js';
import { threadLoaded } from '../../threads.js';
import { BatchBuilder } from './batch-builder.js';
import { monotonicNs } from './clock.js';
import { FsDescriptions } from './fs-table.js';
import { Prober } from './prober.js';
import type { ProbeRequest } from './prober.js';
import { Releaser } from './releaser.js';
import type { ReleaseRequest } from './releaser.js';
import { BATCHES_AHEAD, toPlainError } from './protocol.js';
import type { ScanReply, ScanRequest } from './protocol.js';
import { TreeWalk } from './tree-walk.js';

const port = parentPort!;
let path = '' as BytePath;
let stop: Int32Array = new Int32Array(1);

threadLoaded();
standBack();

/** A walk under way, and how many batches it may still post. */
interface Walk {
  credit: number;
  cancelled: boolean;
  /** Wakes the walk when it waits for credit. */
  wake: () => void;
}

const walks = new Map<number, Walk>();
const descriptions = new FsDescriptions();
const prober = new Prober();
const releaser = new Releaser();

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const isStopped = (): boolean => Atomics.load(stop, 0) === 1;
const post = (reply: ScanReply, transfer: ArrayBuffer[] = []): void => port.postMessage(reply, transfer);

async function scan(id: number, options: ScanOptions): Promise<void> {
  const state: Walk = { credit: BATCHES_AHEAD, cancelled: false, wake: () => undefined };
  walks.set(id, state);
  const stopped = (): boolean => state.cancelled || isStopped();
  let root: Root | undefined;
  let walk: TreeWalk | undefined;
  try {
    // Opened for each request only: nobody is kept from unmounting what nobody looks at.
    root = Root.open(path);
    walk = new TreeWalk(root, options, descriptions);
    for (let more = true; more && !stopped(); ) {
      const builder = new BatchBuilder(monotonicNs());
      more = walk.advance(builder, stopped);
      if (!builder.isEmpty) {
        const { batch, transfer } = builder.build(walk.fsTable.takeNew());
        post({ type: 'batch', id, batch }, transfer);
        state.credit -= 1;
      }
      await turn();
      while (more && state.credit <= 0 && !stopped()) await new Promise<void>((resolve) => (state.wake = resolve));
    }
  } finally {
    walk?.close();
    root?.close();
    walks.delete(id);
  }
  post({ type: 'done', id });
}

async function atRoot(work: (root: Root) => Promise<void>): Promise<void> {
  const root = Root.open(path);
  try {
    await work(root);
  } finally {
    root.close();
  }
}

const probe = (id: number, request: ProbeRequest): Promise<void> =>
  atRoot(async (root) => {
    const { batch, transfer } = await prober.probe(root, request, turn);
    post({ type: 'probed', id, batch }, transfer);
  });

const release = (id: number, request: ReleaseRequest): Promise<void> =>
  atRoot(async (root) => post({ type: 'released', id, batch: await releaser.release(root, request, turn) }));

/** What a request starts. */
function workOf(message: Extract<ScanRequest, { type: 'scan' | 'probe' | 'release' }>): Promise<void> {
  switch (message.type) {
    case 'scan':
      return scan(message.id, message.options);
    case 'probe':
      return probe(message.id, message.request);
    case 'release':
      return release(message.id, message.request);
  }
}

function end(): void {
  for (const walk of walks.values()) walk.wake();
  port.close();
}

function receive(message: ScanRequest): void {
  switch (message.type) {
    case 'open':
      ({ path, stop } = message);
      break;
    case 'scan':
    case 'probe':
    case 'release':
      workOf(message).catch((error: unknown) => post({ type: 'failed', id: message.id, error: toPlainError(error) }));
      break;
    case 'taken':
    case 'cancel': {
      const walk = walks.get(message.id);
      if (walk === undefined) break;
      if (message.type === 'taken') walk.credit += 1;
      else walk.cancelled = true;
      walk.wake();
      break;
    }
    case 'close':
      end();
      break;
  }
}

port.on('message', receive);
