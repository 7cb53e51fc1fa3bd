import { createCipheriv, hash, randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { UnsyncedFiles, WriteBehind } from '@duet/core/kernel/write';
import { Chunker } from './chunker.js';
import type { UnitWork } from './unit-work.js';

/** As restic's: a pack is full once it is this long. */
const PACK_BYTES = 16 * 1024 * 1024;

/**
 * Node 20 has no zstd. This is what brings a unit to the CPU time that
 * Debian's restic takes for it, measured on content that does not compress:
 * see "What the jobs cost" in bench/README.md.
 */
const COMPRESSION = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 } };

/**
 * What a backup does with content: cuts it into chunks, and compresses,
 * encrypts and appends each to a pack below `target`. Stands in for a backup
 * in measurements only: nothing can be restored from its packs.
 */
export class PackWork implements UnitWork {
  readonly #target: string;
  readonly #key = randomBytes(32);
  readonly #chunker = new Chunker();
  readonly #unsynced = new UnsyncedFiles();
  #ids: Buffer[] = [];
  #pack: WriteBehind | undefined;
  #packBytes = 0;

  constructor(target: string) {
    this.#target = target;
  }

  begin(): void {
    // What an aborted unit left.
    this.#chunker.rest();
    this.#ids = [];
  }

  take(piece: Buffer): void {
    for (const chunk of this.#chunker.cut(piece)) this.#store(chunk);
  }

  end(): Uint8Array {
    const rest = this.#chunker.rest();
    if (rest) this.#store(rest);
    return Buffer.concat(this.#ids);
  }

  flush(): void {
    this.#closePack();
    this.#unsynced.sync();
  }

  #store(chunk: Buffer): void {
    this.#ids.push(Buffer.from(hash('sha256', chunk, 'hex'), 'hex'));
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-ctr', this.#key, iv);
    this.#append(iv);
    this.#append(cipher.update(brotliCompressSync(chunk, COMPRESSION)));
    if (this.#packBytes >= PACK_BYTES) this.#closePack();
  }

  #append(bytes: Buffer): void {
    this.#pack ??= new WriteBehind(openSync(join(this.#target, `${randomBytes(16).toString('hex')}.pack`), 'wx', 0o600), 0);
    this.#pack.write(bytes);
    this.#packBytes += bytes.length;
  }

  #closePack(): void {
    if (!this.#pack) return;
    this.#unsynced.add(this.#pack.fd);
    this.#pack = undefined;
    this.#packBytes = 0;
  }
}
