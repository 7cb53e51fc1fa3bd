import { poly1305 } from '@noble/ciphers/_poly1305.js';
import koffi from 'koffi';

/** Bytes of a key, r and then the pad, and of an authenticator. */
export const POLY1305_KEY_BYTES = 32;
export const MAC_BYTES = 16;

/** Writes the authenticator of `text` under a key that is used once into `target`, which has `MAC_BYTES`. */
export type Poly1305 = (key: Uint8Array, text: Uint8Array, target: Uint8Array) => void;

/** In JavaScript. */
export const noblePoly1305: Poly1305 = (key, text, target) => target.set(poly1305(text, key));

/**
 * By the OpenSSL that Node itself is linked with. Undefined where Node does not
 * show it.
 *
 * @see https://docs.openssl.org/3.0/man3/EVP_MAC/
 */
export function openOpensslPoly1305(): Poly1305 | undefined {
  try {
    const library = koffi.load(null);
    const init = library.func('int EVP_MAC_init(void *context, const uint8_t *key, size_t bytes, void *parameters)');
    const update = library.func('int EVP_MAC_update(void *context, const uint8_t *text, size_t bytes)');
    const final = library.func('int EVP_MAC_final(void *context, uint8_t *target, void *written, size_t room)');
    const fetch = library.func('void *EVP_MAC_fetch(void *libraryContext, const char *algorithm, const char *properties)');
    const algorithm: unknown = fetch(null, 'POLY1305', null);
    // Not where only what FIPS approves of is to be had.
    if (algorithm === null) return undefined;
    // One a thread, for the life of it.
    const context: unknown = library.func('void *EVP_MAC_CTX_new(void *algorithm)')(algorithm);
    if (context === null) return undefined;
    return (key, text, target) => {
      if (key.length !== POLY1305_KEY_BYTES || target.length !== MAC_BYTES) throw new RangeError(`Poly1305 with a key of ${key.length} bytes, into ${target.length}`);
      if (init(context, key, key.length, null) !== 1 || update(context, text, text.length) !== 1 || final(context, target, null, target.length) !== 1) throw new Error('OpenSSL cannot authenticate');
    };
  } catch {
    return undefined;
  }
}

/** Whichever is at hand. */
export const authenticate: Poly1305 = openOpensslPoly1305() ?? noblePoly1305;
