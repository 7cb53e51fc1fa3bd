import type { Zstd } from './zstd.js';

/** zstd in WebAssembly: works everywhere. */
export async function openWasmZstd(): Promise<Zstd> {
  const { compress, decompress, isLoaded } = await import('@foxglove/wasm-zstd');
  await isLoaded;
  return { compress: (bytes, level) => compress(bytes, level), decompress: (frame, size) => decompress(frame, size) };
}
