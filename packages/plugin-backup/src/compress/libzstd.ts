import koffi from 'koffi';
import { Scratch } from '../scratch.js';
import type { Zstd } from './zstd.js';

/** The name that its ABI has on every Linux. */
const LIBRARY = 'libzstd.so.1';

/**
 * zstd of the system's own library, some three times as fast as in
 * WebAssembly; undefined where there is none.
 *
 * @see https://facebook.github.io/zstd/zstd_manual.html
 */
export function openLibzstd(): Zstd | undefined {
  const library = load();
  if (library === undefined) return undefined;
  const bound = library.func('size_t ZSTD_compressBound(size_t size)') as (size: number) => number;
  const errorName = library.func('const char *ZSTD_getErrorName(size_t code)') as (code: number) => string;
  const compress = library.func('size_t ZSTD_compressCCtx(void *context, uint8_t *target, size_t room, const uint8_t *source, size_t size, int level)');
  const decompress = library.func('size_t ZSTD_decompressDCtx(void *context, uint8_t *target, size_t room, const uint8_t *source, size_t size)');
  // One of each a thread, for the life of it: making them costs more than a small blob does.
  const compressor: unknown = library.func('void *ZSTD_createCCtx()')();
  const decompressor: unknown = library.func('void *ZSTD_createDCtx()')();
  // Errors are numbers that no size reaches.
  const checked = (size: number, room: number): number => {
    if (size > room) throw new Error(`zstd: ${errorName(size)}`);
    return size;
  };
  const frames = new Scratch();
  /** Longest text of which it is known how much room its frame may need, and that. */
  let longest = -1;
  let room = 0;
  return {
    compress(bytes, level) {
      if (bytes.length > longest) {
        longest = bytes.length;
        room = bound(longest);
      }
      const target = frames.atLeast(room);
      return target.subarray(0, checked(compress(compressor, target, target.length, bytes, bytes.length, level), target.length));
    },
    decompress(frame, size) {
      const bytes = Buffer.allocUnsafe(size);
      return bytes.subarray(0, checked(decompress(decompressor, bytes, size, frame, frame.length), size));
    },
  };
}

function load(): ReturnType<typeof koffi.load> | undefined {
  try {
    return koffi.load(LIBRARY);
  } catch {
    return undefined;
  }
}
