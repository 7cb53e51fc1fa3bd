import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { UnitWork } from './unit-work.js';

/** SHA-256 of all bytes, a digest a unit; costs what `sha256sum` does. */
export class HashWork implements UnitWork {
  #hash: Hash = createHash('sha256');

  begin(): void {
    this.#hash = createHash('sha256');
  }

  take(piece: Buffer): void {
    this.#hash.update(piece);
  }

  end(): Uint8Array {
    return this.#hash.digest();
  }

  flush(): void {}
}
