import { openLibzstd } from './libzstd.js';
import { openWasmZstd } from './wasm-zstd.js';

/** A way to compress, in this thread. */
export interface Zstd {
  /** One frame that holds `bytes`, with their length in its header. Its memory is good until the next call. */
  compress(bytes: Uint8Array, level: number): Uint8Array;
  /** The content of a frame, at most `size` bytes. Throws if it is damaged or longer. */
  decompress(frame: Uint8Array, size: number): Buffer;
}

let zstd: Zstd | undefined = openLibzstd();

/**
 * Resolves when the functions below may be called: at once with the system's
 * library. Not awaited here: a module that waits can't be loaded at once.
 */
export const zstdReady: Promise<void> = zstd === undefined ? openWasmZstd().then((wasm) => void (zstd = wasm)) : Promise.resolve();
// Told to who waits for it.
zstdReady.catch(() => undefined);

/** One zstd frame of `bytes`, with its content's length in its header; its memory is good until the next call. */
export function compress(bytes: Uint8Array, level: number): Uint8Array {
  return zstd!.compress(bytes, level);
}

/** The content of one zstd frame, which is `size` bytes long. Throws if it is not. */
export function decompress(frame: Uint8Array, size: number): Buffer {
  const bytes = zstd!.decompress(frame, size);
  if (bytes.length !== size) throw new Error(`a zstd frame holds ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/** The content of one zstd frame that does not say how long it is: at most `most` bytes. Throws if it is damaged or longer. */
export function decompressUnsized(frame: Uint8Array, most: number): Buffer {
  for (let size = Math.min(most, 64 * 1024); ; size = Math.min(most, 8 * size)) {
    try {
      return zstd!.decompress(frame, size);
    } catch (error) {
      if (size === most) throw error;
    }
  }
}
