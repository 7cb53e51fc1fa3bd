import { createHash } from 'node:crypto';
import type { ChunkReader } from '@duet/core/kernel/read';
import { residentBytes } from '@duet/core/kernel/read';
import type { Range } from '../layout/file-layout.js';
import type { Move } from '../move/move.js';
import { MoveError } from '../move/move-error.js';

/** A piece of the file, as it was before. */
export interface PieceDigest extends Range {
  readonly digest: string;
}

/** What moving a file came to; `differs`: the first piece whose content is not what it was. */
export interface CheckedMove {
  readonly outcome: 'moved' | 'changed' | 'aborted';
  readonly differs?: Range;
  readonly pieces: readonly PieceDigest[];
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
}

/**
 * Moves a file piece by piece, and compares the SHA-256 of each piece before
 * and after. A piece is read from the disk once: the move and the second look
 * find it in the cache.
 *
 * @throws {MoveError} also where reading failed
 */
export function moveChecked(fd: number, size: number, move: Move, chunks: ChunkReader, stopped: () => boolean): CheckedMove {
  const pieces: PieceDigest[] = [];
  let bytesFromCache = 0;
  const result = (outcome: CheckedMove['outcome'], differs?: Range): CheckedMove => {
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    return { outcome, pieces, bytesFromCache, bytesFromDisk: bytes - bytesFromCache, ...(differs === undefined ? {} : { differs }) };
  };
  for (let offset = 0; offset < size; offset += move.pieceBytes) {
    const range = { offset, bytes: Math.min(move.pieceBytes, size - offset) };
    const cached = residentBytes(fd, offset, range.bytes) ?? 0;
    const digest = digestOf(fd, range, chunks, (at, chunk) => {
      move.take(at, chunk);
      return !stopped();
    });
    if (stopped()) return result('aborted');
    pieces.push({ ...range, digest });
    bytesFromCache += cached;
    move.piece(range);
    if (digestOf(move.fd, range, chunks, () => true) !== digest) return result('moved', range);
    move.checked(range);
  }
  return result(move.commit());
}

/** SHA-256 of a range; `each` sees its content, and may end it. A file that has become shorter has another digest. */
export function digestOf(fd: number, { offset, bytes }: Range, chunks: ChunkReader, each: (offset: number, chunk: Buffer) => boolean): string {
  const hash = createHash('sha256');
  let at = offset;
  const { errno } = chunks.readBuffered(fd, offset, bytes, (chunk) => {
    hash.update(chunk);
    const goOn = each(at, chunk);
    at += chunk.length;
    return goOn;
  });
  if (errno < 0) throw new MoveError('pread', errno);
  return hash.digest('hex');
}
