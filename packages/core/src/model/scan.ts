import type { BytePath } from './byte-path.js';

/** A file system under the scanned path. */
export interface ScannedFs {
  /** Stable identity, without the subvolume: the UUID, else `dev-<st_dev>`. */
  readonly fs: string;
  /** Kernel encoding (`major << 20 | minor`) of the superblock that page events name; differs from `st_dev` on btrfs. */
  readonly dev: number;
  /** btrfs subvolume; 0 elsewhere. */
  readonly subvolume: number;
  /** Whether other files on the superblock may have the same inode numbers: btrfs where there are several subvolumes. */
  readonly sharesNumbers: boolean;
  /** `st_dev` of its files, kernel encoding. */
  readonly statDev: number;
  readonly fsType: string;
  /** Mount point through which it was reached. */
  readonly mountPoint: BytePath;
  /**
   * Milliseconds since 1970 before which the file system was surely not
   * mounted: cached pages of a file that did not change since then came from
   * the disk. A lower bound; the time of boot where nothing better is known.
   */
  readonly mountedAfterMs: number;
  /** Whether cachestat or mincore tell the truth here (not on overlayfs). */
  readonly residencyKnown: boolean;
  /** How the disk is read past the cache: `odirect`, btrfs's encoded read, or not at all. */
  readonly directRead: 'odirect' | 'encoded' | 'none';
}

/** Identity of a file system's files, subvolume included: `fs` of a `FileId`. */
export function fsIdentity({ fs, subvolume }: Pick<ScannedFs, 'fs' | 'subvolume'>): string {
  return subvolume === 0 ? fs : `${fs}/${subvolume}`;
}

/** A folder that a scan met. */
export interface FoundFolder {
  readonly no: number;
  readonly parent: number;
  readonly name: BytePath;
  /** Which inode it is, by number of the file system; absent where that is not told. */
  readonly inode?: { readonly fs: number; readonly ino: number };
}

/** Columns of found files: one row a file, all arrays `count` long unless said. Posted between threads without copies. */
export interface ScanBatch {
  readonly count: number;
  /** File systems not announced before; rows refer to all announced so far, in order, by `fs`. */
  readonly newFs: readonly ScannedFs[];
  /** Folders not announced before; rows and folders refer to them by number. Folder 0 is the scanned path itself. */
  readonly newFolders: readonly FoundFolder[];
  readonly fs: Uint16Array;
  readonly ino: Float64Array;
  readonly gen: Uint32Array;
  readonly folder: Uint32Array;
  /** Name bytes of all rows, one after the other; row i ends at `nameEnd[i]`. */
  readonly names: Uint8Array;
  readonly nameEnd: Uint32Array;
  readonly nlink: Uint32Array;
  readonly size: Float64Array;
  readonly mtimeNs: BigInt64Array;
  readonly ctimeNs: BigInt64Array;
  /** Where the first extent starts on the disk, in bytes; 0 if not told, Infinity if there is none, NaN if the scan skimmed over the file: it looked neither for this nor for what is cached. */
  readonly physical: Float64Array;
  readonly residency: ResidencyColumns;
  /** What could not be looked at. */
  readonly problems: readonly ScanProblem[];
}

/** Cached pages of files at a moment: for row i, `resident[i]` pages, of them `dirty[i]`; which ones stand in `runs`. */
export interface ResidencyColumns {
  /** CLOCK_MONOTONIC nanoseconds before the row's cache state was read; 0: it was not read, nothing is known. */
  readonly probedNs: Float64Array;
  /** Same moment, milliseconds since 1970 (coarse is fine). */
  readonly probedMs: Float64Array;
  readonly resident: Float64Array;
  readonly dirty: Float64Array;
  /** Flat, four numbers a run: row, first page, pages, 1 if dirty else 0. Only resident runs, ordered by row, then page. */
  readonly runs: Float64Array;
}

/** A file or folder that could not be looked at, and the errno name (`EACCES`). */
export interface ScanProblem {
  readonly path: BytePath;
  readonly errno: string;
  readonly operation: string;
}

/** A file to probe again, by one of its names. */
export interface ProbeTarget {
  /** Returned as it is. */
  readonly slot: number;
  /** Relative to the scanned path. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding: a file that is another one by now is reported as gone. */
  readonly statDev: number;
}

/** What probing found, one row a target in the same order. */
export interface ProbeBatch {
  readonly count: number;
  readonly slot: Uint32Array;
  /** 1 where the file is no longer there under that name, or is another one. */
  readonly gone: Uint8Array;
  readonly size: Float64Array;
  readonly mtimeNs: BigInt64Array;
  readonly ctimeNs: BigInt64Array;
  readonly residency: ResidencyColumns;
}

/** Pages of a file that are to leave the cache. */
export interface ReleaseTarget {
  /** Relative to the scanned path. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding: of a file that is another one by now nothing is released. */
  readonly statDev: number;
  /** Flat, two numbers a run: first page, pages. */
  readonly runs: readonly number[];
}

/** What became of pages that were to leave the cache, one row a target in the same order. */
export interface ReleaseBatch {
  readonly count: number;
  /** Pages that were cached and are not any more. */
  readonly released: Float64Array;
  /** Pages that are still cached: dirty, mapped or in use elsewhere, or of a folio that reaches beyond the run. */
  readonly left: Float64Array;
  /** 1 where the file is no longer there under that name, is another one, or may not be opened. */
  readonly gone: Uint8Array;
}

/** The answer of who can release nothing. */
export function nothingReleased(count: number): ReleaseBatch {
  return { count, released: new Float64Array(count), left: new Float64Array(count), gone: new Uint8Array(count) };
}

/** Options of a scan. */
export interface ScanOptions {
  /** Skip a folder with all below it, or a file. Patterns as picomatch takes them, relative to the path; without a slash they match names at any depth. */
  readonly exclude?: readonly string[];
  /** Read the cache state of each file. */
  readonly residency: boolean;
  /** Ask for each file's place on the disk. */
  readonly physical: boolean;
  /** Look only at these, relative to the path: a file, or a folder with all below it. What is not there is left out. Default: the path itself. */
  readonly from?: readonly BytePath[];
  /** Do not cross into other file systems. */
  readonly oneFileSystem?: boolean;
  /** Shared memory. While the first element is 1, files are skimmed over: not opened, which is half of the work. What is wanted after all has to be looked at by itself (`from`). */
  readonly skim?: Int32Array;
}

/**
 * Looks at the files below one path: walks it, and reads the cache state of
 * files again when asked. The real one does it in a thread of its own, so that
 * neither a slow disk nor a large folder blocks the event loop.
 */
export interface Scanner {
  /** How many batches may be asked for before the one before them is taken in; 0 or absent where later ones, or events, build on that. */
  readonly batchesAhead?: number;
  /** Walks the path. Batches come while the walk goes on; a file with several names below the path comes once for each. */
  scan(options: ScanOptions): AsyncIterable<ScanBatch>;
  /** Reads cache state, size and times again. */
  probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch>;
  /**
   * Takes exactly these pages out of the cache, those that are clean and unused:
   * for what one brought in oneself and nobody needs any more. Absent where
   * there is no cache of this kernel's to act on.
   *
   * To be called for many files at once, 64 or more: what was read last still
   * waits in a list of the CPU that read it, and to drop that the kernel has to
   * interrupt all CPUs, once for all that waits. Time alone empties no list.
   * Pages of a folio that reaches beyond a run stay (`left`), half of a file that
   * is released in pieces of 1 MiB. No folio crosses a multiple of 2 MiB, nor the
   * edge of what was cached before: release such pieces.
   */
  release?(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch>;
  close(): Promise<void>;
}
