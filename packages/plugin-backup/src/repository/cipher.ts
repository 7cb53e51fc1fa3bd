import { createCipheriv, randomFillSync, timingSafeEqual } from 'node:crypto';
import { aesCtr } from './aes-ctr.js';
import { authenticate, MAC_BYTES, POLY1305_KEY_BYTES } from './poly1305.js';

const IV_BYTES = 16;

/** What a sealed text is longer than its plain text: the initial vector before it, the authenticator behind it. */
export const SEAL_BYTES = IV_BYTES + MAC_BYTES;

/** Length of the key: 32 bytes for AES-256, then 16 each for the two halves of Poly1305-AES. */
export const KEY_BYTES = 64;

const RANDOM_BYTES = 256 * IV_BYTES;

/**
 * Seals and opens the texts of a repository: AES-256-CTR, authenticated with
 * Poly1305-AES over the encrypted text. Synchronous; one serves one thread.
 *
 * @see https://restic.readthedocs.io/en/stable/100_references.html#keys-encryption-and-mac
 * @see https://cr.yp.to/mac/poly1305-20050329.pdf
 */
export class Cipher {
  readonly #encryptKey: Buffer;
  /** Encrypts initial vectors, one block each, into the second half of the authenticator's key. */
  readonly #nonces: ReturnType<typeof createCipheriv>;
  /** The key of one authenticator: r of the repository's key, then the encrypted initial vector. */
  readonly #macKey = Buffer.alloc(POLY1305_KEY_BYTES);
  /** What the authenticator of a sealed text has to be. */
  readonly #mac = Buffer.alloc(MAC_BYTES);
  /** Initial vectors for `seal`, and what each of them is encrypted to: made many at a time, for a call of the cipher costs more than a block does. */
  readonly #random = Buffer.alloc(RANDOM_BYTES);
  #encrypted = Buffer.alloc(0);
  #randomAt = RANDOM_BYTES;

  /** `key` has 64 bytes: as those of the repository are stored, AES key, then k and r. */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
    this.#encryptKey = Buffer.from(key.subarray(0, 32));
    this.#nonces = createCipheriv('aes-128-ecb', key.subarray(32, 48), null).setAutoPadding(false);
    this.#macKey.set(key.subarray(48, 64));
  }

  /** `plain`, encrypted and authenticated, in memory of its own, or in `target`, which is long enough. */
  seal(plain: Uint8Array, target: Buffer = Buffer.allocUnsafe(plain.length + SEAL_BYTES)): Buffer {
    const sealed = target.subarray(0, plain.length + SEAL_BYTES);
    const at = this.#nextIv();
    const iv = this.#random.subarray(at, at + IV_BYTES);
    sealed.set(iv);
    const end = sealed.length - MAC_BYTES;
    aesCtr(this.#encryptKey, iv, plain, sealed.subarray(IV_BYTES, end));
    authenticate(this.#macKeyFor(this.#encrypted.subarray(at, at + IV_BYTES)), sealed.subarray(IV_BYTES, end), sealed.subarray(end));
    return sealed;
  }

  /** What was sealed, in memory of its own; undefined if it was not sealed with this key, or is damaged. */
  open(sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < SEAL_BYTES) return undefined;
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const iv = bytes.subarray(0, IV_BYTES);
    const text = bytes.subarray(IV_BYTES, -MAC_BYTES);
    authenticate(this.#macKeyFor(this.#nonces.update(iv)), text, this.#mac);
    if (!timingSafeEqual(this.#mac, bytes.subarray(-MAC_BYTES))) return undefined;
    const plain = Buffer.allocUnsafe(text.length);
    aesCtr(this.#encryptKey, iv, text, plain);
    return plain;
  }

  /** With the initial vector, encrypted, as its second half. */
  #macKeyFor(nonce: Uint8Array): Buffer {
    this.#macKey.set(nonce, 16);
    return this.#macKey;
  }

  /** Where the next initial vector stands in `#random`. */
  #nextIv(): number {
    if (this.#randomAt === RANDOM_BYTES) {
      randomFillSync(this.#random);
      this.#encrypted = this.#nonces.update(this.#random);
      this.#randomAt = 0;
    }
    const at = this.#randomAt;
    this.#randomAt += IV_BYTES;
    return at;
  }
}
