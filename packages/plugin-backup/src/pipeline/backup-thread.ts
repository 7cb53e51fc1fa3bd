import { parentPort, workerData } from 'node:worker_threads';
import { readWhenIdle, Root, standBack, UnitReader } from '@duet/core/kernel/read';
import { DuetError } from '@duet/core/model';
import { Chunker } from '../chunk/chunker.js';
import { Compressor } from '../compress/compressor.js';
import { zstdReady } from '../compress/zstd.js';
import { joinEntries, NO_ENTRIES } from '../content/content-entries.js';
import { Cipher } from '../repository/cipher.js';
import { encodeHeader } from '../repository/pack-header.js';
import { Selection } from '../select/selection.js';
import { ContentAsker } from '../tree/content-asker.js';
import { MetadataReader } from '../tree/metadata.js';
import { TreeSaver } from '../tree/tree-saver.js';
import type { SavedTree } from '../tree/tree-messages.js';
import { BlobSaver } from './blob-saver.js';
import { BlobTable } from './blob-table.js';
import { errorParts } from './error-parts.js';
import { FileChunker } from './file-chunker.js';
import type { PackedResult, ThreadData, ThreadReply, ThreadRequest, UnitResult } from './thread-messages.js';
import type { UnitJob } from './unit-job.js';

/* Entry of a thread that reads, chunks and saves: takes `ThreadRequest`s, one at a time and in order, and posts a `ThreadReply` for each. */

standBack();
readWhenIdle();

const data = workerData as ThreadData;
const port = parentPort!;
const stop = new Int32Array(data.stop);
const root = Root.open(data.path);
const saver = new BlobSaver({
  folder: data.folder,
  cipher: new Cipher(data.key),
  compressor: new Compressor(data.compression),
  blobs: new BlobTable(data.blobs),
  packBytes: data.packBytes,
});
const chunker = new FileChunker(new UnitReader(root), new Chunker(data.polynomial), saver, stopped);

// A failure is the thread's.
void zstdReady.then(() => port.on('message', serve));

function serve(request: ThreadRequest): void {
  if (request.type === 'close') {
    saver.abort();
    root.close();
    port.close();
    return;
  }
  try {
    port.postMessage(answered(request));
  } catch (error) {
    Atomics.store(stop, 0, 1);
    port.postMessage({ type: 'broken', error: errorParts(error) } satisfies ThreadReply);
  }
}

function answered(request: Exclude<ThreadRequest, { type: 'close' }>): ThreadReply {
  switch (request.type) {
    case 'units':
      return { type: 'units', id: request.id, ...packed(request.jobs.map(chunked)) };
    case 'flush':
      return { type: 'flush', id: request.id, packs: saver.flush().map(({ id, blobs }) => ({ id, header: encodeHeader(blobs) })) };
    case 'tree':
      return { type: 'tree', id: request.id, tree: savedTree(request) };
  }
}

function chunked(job: UnitJob): UnitResult {
  try {
    const unit = chunker.chunk(job);
    return unit === undefined ? { outcome: 'aborted' } : { outcome: 'chunked', ...unit };
  } catch (error) {
    if (error instanceof DuetError && (error.code === 'DUET_ERR_READ' || error.code === 'DUET_ERR_VANISHED')) return { outcome: 'failed', error: errorParts(error) };
    throw error;
  }
}

function packed(results: readonly UnitResult[]): { results: PackedResult[]; entries: Uint8Array } {
  const entries = joinEntries(results.map((result) => (result.outcome === 'chunked' ? result.entries : NO_ENTRIES)));
  const bare = results.map((result): PackedResult => {
    if (result.outcome !== 'chunked') return result;
    const { entries, ...rest } = result;
    return { ...rest, entryBytes: entries.length };
  });
  return { results: bare, entries };
}

function savedTree(request: Extract<ThreadRequest, { type: 'tree' }>): SavedTree | undefined {
  const asker = new ContentAsker(request.port, request.answers, stopped);
  try {
    return new TreeSaver({
      root,
      saver,
      chunker,
      metadata: new MetadataReader(data.withAtime),
      selection: new Selection(root, data.selection),
      asker,
      stopped,
    }).save();
  } finally {
    asker.close();
  }
}

function stopped(): boolean {
  return Atomics.load(stop, 0) !== 0;
}
