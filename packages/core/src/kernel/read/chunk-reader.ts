import { PAGE_BYTES, pagesOf } from '../../model/index.js';
import { Advice, cachedPages, cachestat, EINTR, EIO, fadvise, NativeBuffer, pread } from '../syscalls/index.js';
import { ReadMode, ReadTurns } from './read-turns.js';

/** Most that is read and handed over at once. */
export const CHUNK_BYTES = 1024 * 1024;
/** A multiple of every device's block and of the page. */
const ALIGN_BYTES = 4096;

/** Takes a piece of a file's content; the memory is used again for the next one. False: no more is wanted. */
export type ChunkSink = (chunk: Buffer) => boolean | void;

/** How far reading a range came: to its end, to that of the file, to where the sink wanted no more, or to a failure. */
export interface ChunkResult {
  /** Handed to the sink. */
  readonly bytes: number;
  /** Negative errno of a read that failed behind `bytes`; 0: none did. */
  readonly errno: number;
}

/** Reads ranges of open files through one buffer, which is aligned for O_DIRECT. For threads other than the main one, which may have to wait for their turn. */
export class ChunkReader {
  readonly #turns = ReadTurns.ofProcess();
  readonly #buffer = new NativeBuffer(CHUNK_BYTES, ALIGN_BYTES);

  /** Where a read that goes round `readBuffered` and `readDirect` may put its data. */
  get buffer(): NativeBuffer {
    return this.#buffer;
  }

  /**
   * Reads `bytes` bytes from `offset`, or up to the end of the file. Where it
   * was (`size`) is told by whoever looks at the file's state afterwards too:
   * then no read is needed that finds nothing behind it.
   */
  readBuffered(fd: number, offset: number, bytes: number, sink: ChunkSink, size = Infinity): ChunkResult {
    let done = 0;
    let isAdvised = false;
    while (done < bytes) {
      const at = offset + done;
      const isFree = this.#turns.mode === ReadMode.FREE;
      const length = Math.min(CHUNK_BYTES, this.#turns.bytes, bytes - done);
      if (!isFree && !isAdvised) fadvise(fd, 0, 0, Advice.RANDOM);
      isAdvised ||= !isFree;
      const got = isFree || isCached(fd, at, length) ? this.#pread(fd, length, at) : this.#readInTurn(fd, length, at);
      if (got < 0) return { bytes: done, errno: got };
      if (got === 0) break;
      done += got;
      if (sink(this.#buffer.bytes.subarray(0, got)) === false) break;
      if (got < length && offset + done === size) break;
    }
    return { bytes: done, errno: 0 };
  }

  /**
   * The same from a descriptor that was opened with O_DIRECT: reads whole
   * blocks and hands over the part that was asked for. -EINVAL with no bytes
   * means that the file cannot be read in this way.
   */
  readDirect(fd: number, offset: number, bytes: number, align: number, sink: ChunkSink): ChunkResult {
    const block = Math.max(align, ALIGN_BYTES);
    const end = offset + bytes;
    let at = offset - (offset % block);
    let done = 0;
    let most = CHUNK_BYTES;
    while (at < end) {
      const length = Math.min(most, Math.ceil((end - at) / block) * block);
      const got = this.#pread(fd, length, at);
      // A large read fails as a whole: what stands before the bad block is still good.
      if (got === -EIO && length > block) most = block;
      else if (got < 0) return { bytes: done, errno: got };
      else {
        const piece = this.#buffer.bytes.subarray(Math.max(offset - at, 0), Math.min(got, end - at));
        done += piece.length;
        if (piece.length > 0 && sink(piece) === false) break;
        at += got;
        // Less than whole blocks: that was the end of the file.
        if (got % block !== 0 || got === 0) break;
      }
    }
    return { bytes: done, errno: 0 };
  }

  #readInTurn(fd: number, bytes: number, offset: number): number {
    this.#turns.take();
    const startMs = performance.now();
    try {
      // Another thread may have brought it in meanwhile: it is cached then, and quick.
      return this.#pread(fd, bytes, offset);
    } finally {
      this.#turns.rest(performance.now() - startMs);
      this.#turns.pass();
    }
  }

  #pread(fd: number, bytes: number, offset: number): number {
    for (;;) {
      const got = pread(fd, this.#buffer.address, bytes, offset);
      if (got !== -EINTR) return got;
    }
  }
}

/** Whether all pages of the range are cached; false where the kernel does not tell. */
function isCached(fd: number, offset: number, bytes: number): boolean {
  const first = Math.floor(offset / PAGE_BYTES);
  return cachestat(fd, offset, bytes) === 0 && cachedPages() >= pagesOf(offset + bytes) - first;
}
