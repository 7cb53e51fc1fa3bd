import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, fadvise } from '@duet/core/kernel/syscalls';
import { WriteBehind } from '@duet/core/kernel/write';
import type { BlobType, PackedBlob, PackEntry } from './blob.js';
import type { Cipher } from './cipher.js';
import { syncFolder } from './durable.js';
import { idName } from './id.js';
import { encodeHeader, HEADER_LENGTH_BYTES } from './pack-header.js';
import { storageError } from './storage-error.js';
import { createTemporary } from './temporary-file.js';

/** Small blobs are written together. */
export const PIECE_BYTES = 1024 * 1024;

/** What a blob is, for `add`. */
export interface NewBlob {
  readonly type: BlobType;
  readonly id: Uint8Array;
  /** Bytes of its content if that is compressed; 0: it is not. */
  readonly uncompressedLength: number;
}

/** A pack that is on the disk, under its name. */
export interface FinishedPack extends PackEntry {
  /** Length of the file in bytes. */
  readonly bytes: number;
}

/**
 * Writes one pack file into a repository in a local folder. Synchronous: for
 * worker threads. What was written leaves the page cache behind it: packs do
 * not push out what tasks read.
 *
 * The file has a temporary name until `finish`; one that is left behind, by a
 * crash say, is passed over by everyone and removed by the next run.
 */
export class PackWriter {
  readonly #data: string;
  readonly #cipher: Cipher;
  readonly #fileMode: number;
  readonly #temporary: string;
  readonly #file: WriteBehind;
  #isOpen = true;
  readonly #hash = createHash('sha256');
  readonly #piece: Buffer;
  #pieceBytes = 0;
  #bytes = 0;
  readonly #blobs: PackedBlob[] = [];

  /**
   * `folder` is the repository's; `fileMode` the permissions that its files
   * have. `piece` is memory of `PIECE_BYTES` for what is written together:
   * another pack may have it after `flush`.
   *
   * @throws {DuetError} `DUET_ERR_REPO_DENIED`, `DUET_ERR_REPO_FULL`, `DUET_ERR_REPO_IO`, as all methods do; after one, call `abort`
   */
  constructor(folder: string, cipher: Cipher, piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES), fileMode = 0o400) {
    this.#piece = piece;
    this.#data = join(folder, 'data');
    this.#cipher = cipher;
    this.#fileMode = fileMode;
    const { path, fd } = guarded(this.#data, () => createTemporary(this.#data));
    this.#temporary = path;
    this.#file = new WriteBehind(fd, 0);
  }

  /** Bytes of the blobs so far; the header comes on top. */
  get bytes(): number {
    return this.#bytes;
  }

  get blobs(): number {
    return this.#blobs.length;
  }

  /** Appends a blob as `Cipher.seal` gave it. Its memory is the caller's again afterwards. */
  add({ type, id, uncompressedLength }: NewBlob, sealed: Uint8Array): void {
    this.#blobs.push({ type, id: Buffer.from(id), offset: this.#bytes, length: sealed.length, uncompressedLength });
    this.#guard(() => this.#append(sealed));
  }

  /** Writes what waits to be written together with more. Only `finish` or `abort` may follow where another pack has the piece. */
  flush(): void {
    this.#guard(() => this.#flush());
  }

  /** Writes the header and makes the pack durable under its name. */
  finish(): FinishedPack {
    const header = this.#cipher.seal(encodeHeader(this.#blobs));
    const length = Buffer.alloc(HEADER_LENGTH_BYTES);
    length.writeUInt32LE(header.length);
    return this.#guard(() => {
      this.#flush();
      for (const bytes of [header, length]) {
        this.#bytes += bytes.length;
        this.#write(bytes);
      }
      const id = this.#hash.digest();
      const { fd } = this.#file;
      fchmodSync(fd, this.#fileMode);
      fsyncSync(fd);
      fadvise(fd, 0, 0, Advice.DONTNEED);
      this.#rename(idName(id));
      this.#close();
      return { id, blobs: this.#blobs, bytes: this.#bytes };
    });
  }

  /** Takes back what was written; instead of `finish`, or after it failed. */
  abort(): void {
    try {
      unlinkSync(this.#temporary);
    } catch {
      // Already gone, or left to the next run: nobody reads it.
    }
    this.#close();
  }

  #rename(name: string): void {
    const folder = join(this.#data, name.slice(0, 2));
    const target = join(folder, name);
    try {
      renameSync(this.#temporary, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      syncFolder(this.#data);
      renameSync(this.#temporary, target);
    }
    syncFolder(folder);
  }

  #append(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#pieceBytes + bytes.length > PIECE_BYTES) this.#flush();
    if (bytes.length > PIECE_BYTES) this.#write(bytes);
    else {
      this.#piece.set(bytes, this.#pieceBytes);
      this.#pieceBytes += bytes.length;
    }
  }

  #flush(): void {
    if (this.#pieceBytes === 0) return;
    this.#write(this.#piece.subarray(0, this.#pieceBytes));
    this.#pieceBytes = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#file.write(bytes);
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file.fd);
    this.#isOpen = false;
  }

  #guard<T>(call: () => T): T {
    return guarded(this.#temporary, call);
  }
}

function guarded<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw storageError('write a pack', path, error);
  }
}
