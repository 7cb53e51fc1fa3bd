import type { PageSink } from '../../model/page-sink.js';
import { PAGE_BYTES } from '../../model/page-sink.js';

/** A call of ext4's writepages that runs, or that ended last in its thread. */
interface WritepagesCall {
  readonly dev: number;
  readonly ino: number;
  /** First page of the range, and its length in pages; Infinity to the end of the file. */
  readonly index: number;
  readonly pages: number;
  /** WB_SYNC_ALL: it writes every dirty page of the range, and waits for those that are being written. */
  readonly syncAll: boolean;
  /** Pages of newly allocated extents: index, pages, index, pages. */
  extents: number[];
  /** First pages of folios that became dirty meanwhile. */
  redirtied: number[];
  /** More happened than was noted. */
  vague: boolean;
  /** 0 while it runs. */
  endedNs: number;
}

/** Notes kept of one call. */
const MAX_NOTES = 8192;
/** Calls that may be known at once before those are forgotten that ended so long ago. */
const MAX_CALLS = 16;
const FORGET_AFTER_NS = 100e6;

/**
 * Finds out which pages ext4 gave to the disk.
 *
 * ext4 has no event for a page that it writes. It tells when a thread begins to
 * write an inode's range, each extent that it allocates on the way, and the
 * result. From that follows:
 * - WB_SYNC_ALL (fsync, msync) with result 0: all that was dirty in the range
 *   at the beginning is flushed.
 * - WB_SYNC_NONE (background writeback, fadvise) with result 0: the extents
 *   allocated. Blocks that were mapped before are not told, nor is what was
 *   skipped.
 * - Then the flusher says, in the same thread, whether the inode has dirty
 *   pages left; if not, all of it is flushed.
 *
 * A folio that becomes dirty meanwhile may have been written before or after:
 * DIRTY is told again after the FLUSHED, so that it errs on the safe side.
 * Where more or less may have been flushed than was told, it says so: `unsure`.
 */
export class Ext4Writeback {
  /** Calls by thread; a thread runs one at a time. */
  readonly #calls = new Map<number, WritepagesCall>();

  /** A thread begins to write bytes `first` to `last`, both included. */
  begin(pid: number, dev: number, ino: number, first: number, last: number, syncAll: boolean, timeNs: number): void {
    if (this.#calls.size >= MAX_CALLS) this.#forgetEnded(timeNs);
    const index = Math.floor(first / PAGE_BYTES);
    // LLONG_MAX stands for the end of the file.
    const pages = last >= 2 ** 62 ? Infinity : Math.floor(last / PAGE_BYTES) + 1 - index;
    this.#calls.set(pid, { dev, ino, index, pages, syncAll, extents: [], redirtied: [], vague: false, endedNs: 0 });
  }

  /** It allocates the bytes from `first` to before `end`. */
  extent(pid: number, dev: number, ino: number, first: number, end: number): void {
    const call = this.#callOf(pid, dev, ino);
    if (call === undefined || call.syncAll) return;
    const index = Math.floor(first / PAGE_BYTES);
    if (call.extents.length < MAX_NOTES) call.extents.push(index, Math.ceil(end / PAGE_BYTES) - index);
    else call.vague = true;
  }

  dirtied(dev: number, ino: number, index: number): void {
    for (const call of this.#calls.values()) {
      if (call.ino !== ino || call.dev !== dev) continue;
      if (call.redirtied.length < MAX_NOTES) call.redirtied.push(index);
      else call.vague = true;
    }
  }

  /** The call ended, and gave `pagesWritten` pages to the disk. */
  end(pid: number, dev: number, ino: number, result: number, pagesWritten: number, timeNs: number, sink: PageSink): void {
    const call = this.#callOf(pid, dev, ino);
    if (call === undefined) {
      sink.unsure(dev, ino, timeNs);
      return;
    }
    if (!isExact(call, result, pagesWritten)) sink.unsure(dev, ino, timeNs);
    if (result === 0 && !call.vague) {
      if (call.syncAll) sink.flushed(dev, ino, call.index, call.pages, timeNs);
      for (let at = 0; at < call.extents.length; at += 2) {
        sink.flushed(dev, ino, call.extents[at], call.extents[at + 1], timeNs);
      }
      if (call.syncAll || call.extents.length > 0) tellAgain(call, timeNs, sink);
    }
    call.extents = [];
    call.redirtied = [];
    call.vague = false;
    call.endedNs = timeNs;
  }

  /** The flusher is through with the inode: no page of it was dirty when its call ended, if `clean`. */
  inodeWritten(pid: number, ino: number, clean: boolean, timeNs: number, sink: PageSink): void {
    const call = this.#calls.get(pid);
    if (call === undefined || call.ino !== ino || call.endedNs === 0) return;
    this.#calls.delete(pid);
    // After a cut the kernel may go on to count a page as dirty that is in no dirty folio.
    if (!clean && call.syncAll) sink.unsure(call.dev, ino, timeNs);
    if (!clean || call.vague) return;
    sink.flushed(call.dev, ino, 0, Infinity, timeNs);
    tellAgain(call, timeNs, sink);
    if (call.redirtied.length > 0) sink.unsure(call.dev, ino, timeNs);
  }

  /** Forgets all calls: events are missing. */
  reset(): void {
    this.#calls.clear();
  }

  #callOf(pid: number, dev: number, ino: number): WritepagesCall | undefined {
    const call = this.#calls.get(pid);
    return call !== undefined && call.ino === ino && call.dev === dev && call.endedNs === 0 ? call : undefined;
  }

  /** An fsync is not followed by the flusher's word. */
  #forgetEnded(timeNs: number): void {
    for (const [pid, call] of this.#calls) {
      if (call.endedNs !== 0 && timeNs - call.endedNs > FORGET_AFTER_NS) this.#calls.delete(pid);
    }
  }
}

/** Whether what is told of the call is what it did: folios reach beyond a range, and what was dirty again may be clean again. */
function isExact(call: WritepagesCall, result: number, pagesWritten: number): boolean {
  if (result !== 0 || call.vague || call.redirtied.length > 0) return false;
  if (call.syncAll) return call.index === 0 && call.pages === Infinity;
  let told = 0;
  for (let at = 1; at < call.extents.length; at += 2) told += call.extents[at];
  return told === pagesWritten;
}

function tellAgain(call: WritepagesCall, timeNs: number, sink: PageSink): void {
  for (const index of call.redirtied) sink.dirtied(call.dev, call.ino, index, timeNs);
}
