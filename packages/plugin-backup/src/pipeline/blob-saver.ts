import { hash } from 'node:crypto';
import type { Compressor } from '../compress/compressor.js';
import type { BlobType } from '../repository/blob.js';
import { SEAL_BYTES } from '../repository/cipher.js';
import type { Cipher } from '../repository/cipher.js';
import { PackWriter, PIECE_BYTES } from '../repository/pack-writer.js';
import type { FinishedPack } from '../repository/pack-writer.js';
import { Scratch } from '../scratch.js';
import type { BlobTable } from './blob-table.js';

/** Where blobs go to, and how. */
export interface SaverOptions {
  /** The repository's folder. */
  readonly folder: string;
  readonly cipher: Cipher;
  readonly compressor: Compressor;
  readonly blobs: BlobTable;
  /** A pack is full once it has so many bytes. */
  readonly packBytes: number;
}

/**
 * Adds to the repository what it does not have. One serves one thread.
 *
 * What it claimed in the table of blobs is in one of its packs when it
 * returns, and durable after `flush`. After an error nothing of that holds:
 * the run has to end without a checkpoint.
 */
export class BlobSaver {
  readonly #options: SaverOptions;
  /** Folders' lists have packs of their own, as in restic, which keeps these in its cache. */
  readonly #open: Record<BlobType, PackWriter | undefined> = { data: undefined, tree: undefined };
  /** A full pack is finished when the next one is full: until then it went to the disk by itself, and nobody waits for that. */
  readonly #full: PackWriter[] = [];
  #finished: FinishedPack[] = [];
  /** Blobs are sealed in the same memory, one after the other. */
  readonly #sealed = new Scratch();
  /** What the open packs write together, of one after the other. */
  readonly #pieces: Readonly<Record<BlobType, Buffer>> = { data: Buffer.allocUnsafeSlow(PIECE_BYTES), tree: Buffer.allocUnsafeSlow(PIECE_BYTES) };

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** Adds a chunk of a file; gives its id. */
  data(chunk: Uint8Array): Buffer {
    const id = idOf(chunk);
    if (this.#options.blobs.claim(id, false)) this.#add('data', id, chunk, this.#options.compressor.data(chunk));
    return id;
  }

  /** Adds a folder's list; gives its id. */
  tree(list: Uint8Array): Buffer {
    const id = idOf(list);
    if (this.#options.blobs.claim(id, true)) this.#add('tree', id, list, this.#options.compressor.tree(list));
    return id;
  }

  /** Whether a folder's list is there, or about to be. */
  hasTree(id: Uint8Array): boolean {
    return this.#options.blobs.has(id, true);
  }

  /** Makes all of it durable; gives the packs that were finished since the last time. */
  flush(): FinishedPack[] {
    for (const type of ['data', 'tree'] as const) this.#retire(type);
    this.#finishAllBut(0);
    return this.#finished.splice(0);
  }

  /** Takes back what is not in a finished pack. */
  abort(): void {
    for (const type of ['data', 'tree'] as const) this.#retire(type);
    for (const pack of this.#full.splice(0)) pack.abort();
  }

  #add(type: BlobType, id: Buffer, plain: Uint8Array, frame: Uint8Array | undefined): void {
    const { folder, cipher, packBytes } = this.#options;
    const pack = (this.#open[type] ??= new PackWriter(folder, cipher, this.#pieces[type]));
    const text = frame ?? plain;
    const sealed = cipher.seal(text, this.#sealed.atLeast(text.length + SEAL_BYTES));
    pack.add({ type, id, uncompressedLength: frame === undefined ? 0 : plain.length }, sealed);
    if (pack.bytes < packBytes) return;
    // The next pack has its piece.
    pack.flush();
    this.#retire(type);
    this.#finishAllBut(1);
  }

  #retire(type: BlobType): void {
    const pack = this.#open[type];
    if (pack !== undefined) this.#full.push(pack);
    this.#open[type] = undefined;
  }

  #finishAllBut(youngest: number): void {
    while (this.#full.length > youngest) {
      this.#finished.push(this.#full[0].finish());
      this.#full.shift();
    }
  }
}

function idOf(content: Uint8Array): Buffer {
  return hash('sha256', content, 'buffer');
}
