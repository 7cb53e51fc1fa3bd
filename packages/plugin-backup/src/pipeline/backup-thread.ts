import { parentPort } from 'node:worker_threads';
import { readWhenIdle, Root, standBack, UnitReader } from '@duet/core/kernel/read';
import { DuetError } from '@duet/core/model';
import { threadLoaded } from '@duet/core/threads';
import { Chunker } from '../chunk/chunker.js';
import { Compressor } from '../compress/compressor.js';
import { zstdReady } from '../compress/zstd.js';
import { Cipher } from '../repository/cipher.js';
import { encodeHeader } from '../repository/pack-header.js';
import { Selection } from '../select/selection.js';
import { BareFiles } from '../tree/bare-files.js';
import { ContentAsker } from '../tree/content-asker.js';
import { FolderLook } from '../tree/folder-look.js';
import { KnownLists } from '../tree/known-lists.js';
import { listSeed } from '../tree/list-seed.js';
import { MetadataReader } from '../tree/metadata.js';
import { ReadyContents } from '../tree/ready-contents.js';
import { TreeSaver } from '../tree/tree-saver.js';
import type { SavedTree } from '../tree/tree-messages.js';
import { BlobSaver } from './blob-saver.js';
import { BlobTable } from './blob-table.js';
import { errorParts } from './error-parts.js';
import { FileChunker } from './file-chunker.js';
import type { ThreadData, ThreadReply, ThreadRequest, UnitResult } from './thread-messages.js';
import { jobsOf, resultColumns } from './unit-columns.js';
import type { UnitJob } from './unit-job.js';

/* Entry of a thread that reads, chunks and saves: takes `ThreadRequest`s, one at a time and in order, and posts a `ThreadReply` for each. */

threadLoaded();
standBack();
readWhenIdle();

/** What a thread has at hand once it has begun. */
interface Work {
  readonly data: ThreadData;
  readonly root: Root;
  readonly saver: BlobSaver;
  readonly chunker: FileChunker;
  readonly bareFiles: BareFiles;
  readonly stopped: () => boolean;
}

const port = parentPort!;
let work: Work | undefined;

// A failure is the thread's.
void zstdReady.then(() => port.on('message', serve));

function serve(request: ThreadRequest): void {
  if (request.type === 'close') {
    work?.saver.abort();
    work?.root.close();
    port.close();
    return;
  }
  if (request.type === 'begin') {
    work = begun(request.data);
    return;
  }
  // The pool has each thread begin before it asks it for anything.
  const { data } = work!;
  try {
    port.postMessage(answered(request, work!));
  } catch (error) {
    Atomics.store(new Int32Array(data.stop), 0, 1);
    port.postMessage({ type: 'broken', error: errorParts(error) } satisfies ThreadReply);
  }
}

function begun(data: ThreadData): Work {
  const stop = new Int32Array(data.stop);
  const stopped = (): boolean => Atomics.load(stop, 0) !== 0;
  const root = Root.open(data.path);
  const { folder, packBytes } = data;
  const saver = new BlobSaver({ folder, cipher: new Cipher(data.key), compressor: new Compressor(data.compression), blobs: new BlobTable(data.blobs), packBytes });
  const bareFiles = new BareFiles(data.plainMounts);
  return { data, root, saver, bareFiles, chunker: new FileChunker(new UnitReader(root), new Chunker(data.polynomial), saver, bareFiles, stopped), stopped };
}

function answered(request: Exclude<ThreadRequest, { type: 'begin' | 'close' }>, work: Work): ThreadReply {
  const { chunker, saver } = work;
  switch (request.type) {
    case 'units':
      return { type: 'units', id: request.id, results: resultColumns(jobsOf(request.jobs).map((job) => chunked(chunker, job))) };
    case 'flush':
      return { type: 'flush', id: request.id, packs: saver.flush().map(({ id, blobs }) => ({ id, header: encodeHeader(blobs) })) };
    case 'tree':
      return { type: 'tree', id: request.id, tree: savedTree(request, work) };
  }
}

function chunked(chunker: FileChunker, job: UnitJob): UnitResult {
  try {
    const unit = chunker.chunk(job);
    return unit ?? { outcome: 'aborted' };
  } catch (error) {
    if (error instanceof DuetError && (error.code === 'DUET_ERR_READ' || error.code === 'DUET_ERR_VANISHED')) return { outcome: 'failed', error: errorParts(error) };
    throw error;
  }
}

function savedTree({ lists, port, answers }: Extract<ThreadRequest, { type: 'tree' }>, { data, root, saver, chunker, bareFiles, stopped }: Work): SavedTree | undefined {
  const asker = new ContentAsker(port, answers, stopped);
  const known = lists === undefined ? undefined : { lists: new KnownLists(lists), look: new FolderLook({ bareFiles, seed: listSeed(data.selection), goesOn: () => (asker.alive(), !stopped()) }) };
  try {
    return new TreeSaver({
      root,
      saver,
      chunker,
      bareFiles,
      metadata: new MetadataReader(data.withAtime),
      selection: new Selection(root, data.selection),
      ready: new ReadyContents(data.ready),
      known,
      asker,
      stopped,
    }).save();
  } finally {
    asker.close();
  }
}
