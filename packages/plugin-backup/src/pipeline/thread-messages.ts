import type { MessagePort } from 'node:worker_threads';
import type { BytePath, ErrorCode, FileStat } from '@duet/core/model';
import type { CompressionMode } from '../compress/compressor.js';
import type { ContentEntries } from '../content/content-entries.js';
import type { BlobTableMemory } from './blob-table.js';
import type { JobColumns, ResultColumns } from './unit-columns.js';
import type { SavedTree } from '../tree/tree-messages.js';
import type { SelectionOptions } from '../select/selection.js';

/** What a thread has to know before its first job. */
export interface ThreadData {
  /** Absolute path of the task. */
  readonly path: BytePath;
  /** The repository's folder, the key of its texts, and the polynomial that chunks are cut by. */
  readonly folder: string;
  readonly key: Uint8Array;
  readonly polynomial: bigint;
  readonly blobs: BlobTableMemory;
  /** Of `ReadyContents`. */
  readonly ready: SharedArrayBuffer;
  readonly compression: CompressionMode;
  readonly packBytes: number;
  readonly selection: SelectionOptions;
  readonly withAtime: boolean;
  /** Numbers of the mounts on which files show all attributes that they have. */
  readonly plainMounts: readonly number[];
  /** One 32-bit number; not 0 once all is to end. */
  readonly stop: SharedArrayBuffer;
}

/** An error, taken apart: its class does not survive the way between threads. */
export interface ErrorParts {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly message: string;
  readonly path?: string;
  readonly hint?: string;
  /** Byte of the file that could not be read. */
  readonly offset?: number;
}

/** What became of a unit; `failed`: the file could not be read. */
export type UnitResult =
  | {
      readonly outcome: 'chunked';
      readonly entries: ContentEntries;
      readonly bytesFromCache: number;
      readonly bytesFromDisk: number;
      readonly before: FileStat;
      readonly changed: boolean;
      readonly isBare: boolean;
    }
  | { readonly outcome: 'failed'; readonly error: ErrorParts }
  | { readonly outcome: 'aborted' };

/** A pack that is in the repository and not yet in its index. */
export interface SavedPack {
  readonly id: Uint8Array;
  /** What it holds, as its header says, not sealed. */
  readonly header: Uint8Array;
}

export type ThreadRequest =
  | { readonly type: 'begin'; readonly data: ThreadData }
  | { readonly type: 'units'; readonly id: number; readonly jobs: JobColumns }
  | { readonly type: 'flush'; readonly id: number }
  | { readonly type: 'tree'; readonly id: number; /** Records of `KnownLists`; absent: each list is made anew, and none kept. */ readonly lists: Uint8Array | undefined; /** Where to ask for what is known of files, and a 32-bit number that counts the answers. */ readonly port: MessagePort; readonly answers: SharedArrayBuffer }
  | { readonly type: 'close' };

/** One for each request but `begin` and `close`, in order; `broken`: the thread can't go on, and nothing that it was about to save counts. */
export type ThreadReply =
  | { readonly type: 'units'; readonly id: number; readonly results: ResultColumns }
  | { readonly type: 'flush'; readonly id: number; readonly packs: readonly SavedPack[] }
  | { readonly type: 'tree'; readonly id: number; readonly tree: SavedTree | undefined }
  | { readonly type: 'broken'; readonly error: ErrorParts };
