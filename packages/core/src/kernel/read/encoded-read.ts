import { EINTR, EIO, ENOBUFS, ioctl, NativeBuffer, pread } from '../syscalls/index.js';
import type { ChunkReader, ChunkResult, ChunkSink } from './chunk-reader.js';

const BTRFS_IOC_ENCODED_READ = 0x80809440;
/** btrfs stores at most this much in one compressed extent, and hands out as much of others. */
const EXTENT_BYTES = 128 * 1024;
const BLOCK_BYTES = 4096;

/** struct iovec, then struct btrfs_ioctl_encoded_io_args. */
const args = new NativeBuffer(16 + 128);
const ARGS = 16;

/**
 * Reads a range of a btrfs file from the disk, whatever the cache holds, with
 * its checksums verified: damage is -EIO. Root only (-EPERM).
 *
 * Data that is stored compressed comes compressed: the disk has been verified
 * then, and the content is taken from an ordinary read of the same range.
 *
 * @see https://btrfs.readthedocs.io/en/latest/btrfs-ioctl.html
 */
export function readEncoded(fd: number, offset: number, bytes: number, reader: ChunkReader, sink: ChunkSink): ChunkResult {
  const { buffer } = reader;
  const end = offset + bytes;
  let at = offset - (offset % BLOCK_BYTES);
  let done = 0;
  let most = EXTENT_BYTES;
  while (at < end) {
    let got = readExtent(fd, at, buffer.address, most);
    if (got === -EINTR) continue;
    if (got === -EIO && most > BLOCK_BYTES) {
      // Some block of these is damaged: those before it are still good.
      most = BLOCK_BYTES;
      continue;
    }
    // Compressed extents cannot be read in part, so the damage is somewhere in this one.
    if (got === -ENOBUFS && most < EXTENT_BYTES) got = -EIO;
    if (got < 0) return { bytes: done, errno: got };
    if (got === 0) break;
    // How much of the file it stands for; with compression that is not what was returned.
    const length = args.u64(ARGS + 32);
    if (args.view.getUint32(ARGS + 56, true) !== 0) {
      got = readAll(fd, buffer, Math.min(length, EXTENT_BYTES), at);
      if (got < 0) return { bytes: done, errno: got };
      if (got === 0) break;
    }
    const piece = buffer.bytes.subarray(Math.max(offset - at, 0), Math.min(got, end - at));
    done += piece.length;
    if (piece.length > 0 && sink(piece) === false) break;
    at += got;
  }
  return { bytes: done, errno: 0 };
}

/** Bytes returned, 0 at the end of the file, or negative errno. */
function readExtent(fd: number, offset: number, address: number, bytes: number): number {
  args.bytes.fill(0);
  args.setU64(0, address);
  args.setU64(8, bytes);
  args.setU64(ARGS, args.address);
  args.setU64(ARGS + 8, 1);
  args.setU64(ARGS + 16, offset);
  return ioctl(fd, BTRFS_IOC_ENCODED_READ, args.address + ARGS);
}

function readAll(fd: number, buffer: NativeBuffer, bytes: number, offset: number): number {
  let done = 0;
  while (done < bytes) {
    const got = pread(fd, buffer.address + done, bytes - done, offset + done);
    if (got < 0) return got;
    if (got === 0) break;
    done += got;
  }
  return done;
}
