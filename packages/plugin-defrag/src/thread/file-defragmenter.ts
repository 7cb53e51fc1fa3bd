import { createHash } from 'node:crypto';
import { ChunkReader, FileReadError, Root, UnitReader, vanished } from '@duet/core/kernel/read';
import { close, EIO, ELOOP, ENOENT, ENOTDIR, EXDEV, fsMagic, Stat } from '@duet/core/kernel/syscalls';
import { DuetError, splitPath, toDisplay } from '@duet/core/model';
import type { FileStat } from '@duet/core/model';
import { readLayout } from '../layout/file-layout.js';
import type { FileLayout, Range } from '../layout/file-layout.js';
import type { Move, Mover } from '../move/move.js';
import { MoveError } from '../move/move-error.js';
import { moverOf } from '../move/movers.js';
import { openForWriting, refusal } from '../refusal/refusal.js';
import type { SkipReason } from '../refusal/skip-reason.js';
import { moveChecked } from './checked-move.js';
import type { CheckedMove } from './checked-move.js';
import type { DefragJob, DefragOutcome, Failed } from './defrag-job.js';

const GONE = new Set([-ENOENT, -ENOTDIR, -ELOOP, -EXDEV]);

/** Defragments files below a root, one at a time. Synchronous: for a thread of its own. */
export class FileDefragmenter {
  readonly #root: Root;
  readonly #stopped: () => boolean;
  readonly #moverOf: typeof moverOf;
  readonly #stat = new Stat();
  readonly #chunks = new ChunkReader();
  readonly #reader: UnitReader;

  /** The root stays the caller's. `stopped` is asked between pieces of content; tests give another `movers`. */
  constructor(root: Root, stopped: () => boolean, movers = moverOf) {
    this.#root = root;
    this.#stopped = stopped;
    this.#moverOf = movers;
    this.#reader = new UnitReader(root);
  }

  /** Looks at the file, moves it if that is worth it and possible, and checks it. Throws faults only. */
  defragment(job: DefragJob): DefragOutcome {
    if (this.#stopped()) return { kind: 'aborted' };
    try {
      const fd = this.#open(job);
      try {
        return this.#examine(fd, job);
      } finally {
        close(fd);
      }
    } catch (error) {
      return failed(job, error);
    }
  }

  #open({ path, ino, statDev }: DefragJob): number {
    const fd = this.#root.openFile(path);
    if (fd < 0) throw GONE.has(fd) ? vanished(path, 'is no longer there', fd) : new FileReadError(path, fd, 'open');
    if (this.#stat.read(fd) === 0 && this.#stat.isRegular && this.#stat.ino === ino && this.#stat.dev === statDev) return fd;
    close(fd);
    throw vanished(path, 'is another file now');
  }

  #examine(fd: number, job: DefragJob): DefragOutcome {
    const mover = this.#moverOf(fsMagic(fd));
    const layout = readLayout(fd);
    if (mover === undefined || typeof layout === 'number') return skipped('other-file-system');
    if (layout.fragments < job.minExtents) return skipped('few-fragments', layout);
    const reason = refusal(fd, layout, this.#stat, job.shared);
    return reason === undefined ? this.#move(fd, layout, mover, job) : skipped(reason, layout);
  }

  #move(fd: number, layout: FileLayout, mover: Mover, job: DefragJob): DefragOutcome {
    const seen = this.#stat.snapshot;
    const [folderPath] = splitPath(this.#root.nameOf(job.path));
    const folder = this.#root.isFolder ? this.#root.openFolder(folderPath) : this.#root.fd;
    if (folder < 0) throw vanished(job.path, 'is no longer where it was', folder);
    let move: Move | undefined;
    let done: CheckedMove;
    try {
      move = mover({ fd, folder, stat: seen, layout });
      if (move === undefined) return skipped('no-better-place', layout);
      done = moveChecked(fd, seen.size, move, this.#chunks, this.#stopped);
    } catch (error) {
      const failure = moveError(error);
      // What the kernel refuses to move because it is not what it was any more.
      if (failure !== undefined && this.#changed(fd, seen)) return { kind: 'changed', cost: { bytesFromCache: 0, bytesFromDisk: 0, seen } };
      if (failure?.reason === undefined) throw error;
      return skipped(failure.reason, layout);
    } finally {
      move?.close();
      if (folder !== this.#root.fd) close(folder);
    }
    return this.#judge(fd, layout, job, done, seen);
  }

  /** Says what became of the file, and never calls corruption what a program wrote. */
  #judge(fd: number, before: FileLayout, job: DefragJob, { outcome, differs, pieces, bytesFromCache, bytesFromDisk }: CheckedMove, seen: FileStat): DefragOutcome {
    if (outcome === 'aborted') return { kind: 'aborted' };
    const wrong = differs ?? (outcome === 'moved' && job.verify ? this.#differsOnDisk(job, pieces) : undefined);
    const cost = { bytesFromCache, bytesFromDisk, seen };
    if (this.#changed(fd, seen)) return { kind: 'changed', cost };
    if (outcome === 'changed') return skipped('in-use', before);
    if (wrong !== undefined) return openForWriting(fd) === undefined ? mismatch(job, wrong) : skipped('in-use', before);
    const after = readLayout(fd);
    const fragments = typeof after === 'number' ? before.fragments : after.fragments;
    return fragments < before.fragments ? { kind: 'moved', before: before.fragments, after: fragments, cost } : skipped('no-better-place', before);
  }

  #changed(fd: number, seen: FileStat): boolean {
    if (this.#stat.read(fd) < 0) return true;
    const { size, mtimeNs, ctimeNs } = this.#stat.snapshot;
    return size !== seen.size || mtimeNs !== seen.mtimeNs || ctimeNs !== seen.ctimeNs;
  }

  /** The first piece that reads differently from the disk. */
  #differsOnDisk({ path, ino, statDev }: DefragJob, pieces: CheckedMove['pieces']): Range | undefined {
    return pieces.find(({ offset, bytes, digest }) => {
      const hash = createHash('sha256');
      const read = this.#reader.read({ path, ino, statDev, offset, bytes, direct: true }, (chunk) => void hash.update(chunk));
      return read.outcome === 'read' && hash.digest('hex') !== digest;
    });
  }
}

function skipped(reason: SkipReason, layout?: FileLayout): DefragOutcome {
  return { kind: 'skipped', reason, fragments: layout?.fragments ?? 0 };
}

function mismatch({ path }: DefragJob, { offset }: Range): Failed {
  return { kind: 'failed', code: 'DUET_ERR_DEFRAG_MISMATCH', offset, message: `${toDisplay(path)} reads differently since it was moved, although no program wrote to it` };
}

/** What a call of Node's own that failed carries is an errno too. */
function moveError(error: unknown): MoveError | undefined {
  if (error instanceof MoveError) return error;
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') return new MoveError('syscall' in error ? String(error.syscall) : 'call', error.errno);
  return undefined;
}

/** What a file fails with. @throws what is a fault of the program itself */
function failed({ path }: DefragJob, error: unknown): Failed {
  if (error instanceof DuetError) return { kind: 'failed', code: error.code, message: error.message };
  const move = moveError(error);
  if (move === undefined) throw error;
  const isRead = move.call === 'pread' || move.errno === -EIO;
  return { kind: 'failed', code: isRead ? 'DUET_ERR_READ' : 'DUET_ERR_DEFRAG', message: `cannot move ${toDisplay(path)}: ${move.message}` };
}
