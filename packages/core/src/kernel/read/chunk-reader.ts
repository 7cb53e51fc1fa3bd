import { EINTR, EIO, NativeBuffer, pread } from '../syscalls/index.js';

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

/** Reads ranges of open files through one buffer, which is aligned for O_DIRECT. */
export class ChunkReader {
  readonly #buffer = new NativeBuffer(CHUNK_BYTES, ALIGN_BYTES);

  /** Where a read that goes round `readBuffered` and `readDirect` may put its data. */
  get buffer(): NativeBuffer {
    return this.#buffer;
  }

  /** Reads `bytes` bytes from `offset`, or up to the end of the file. */
  readBuffered(fd: number, offset: number, bytes: number, sink: ChunkSink): ChunkResult {
    let done = 0;
    while (done < bytes) {
      const got = this.#pread(fd, Math.min(CHUNK_BYTES, bytes - done), offset + done);
      if (got < 0) return { bytes: done, errno: got };
      if (got === 0) break;
      done += got;
      if (sink(this.#buffer.bytes.subarray(0, got)) === false) break;
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

  #pread(fd: number, bytes: number, offset: number): number {
    for (;;) {
      const got = pread(fd, this.#buffer.address, bytes, offset);
      if (got !== -EINTR) return got;
    }
  }
}
