import { compress as wasmCompress, decompress as wasmDecompress, isLoaded } from '@foxglove/wasm-zstd';

// Whoever imports this module may call it at once.
await isLoaded;

/** One zstd frame of `bytes`, with its content's length in its header. */
export function compress(bytes: Uint8Array, level: number): Buffer {
  return wasmCompress(bytes, level);
}

/** The content of one zstd frame, which is `size` bytes long. Throws if it is not. */
export function decompress(frame: Uint8Array, size: number): Buffer {
  const bytes = wasmDecompress(frame, size);
  if (bytes.length !== size) throw new Error(`a zstd frame holds ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/** The content of one zstd frame that does not say how long it is: at most `most` bytes. Throws if it is damaged or longer. */
export function decompressUnsized(frame: Uint8Array, most: number): Buffer {
  for (let size = Math.min(most, 64 * 1024); ; size = Math.min(most, 8 * size)) {
    try {
      return wasmDecompress(frame, size);
    } catch (error) {
      if (size === most) throw error;
    }
  }
}
