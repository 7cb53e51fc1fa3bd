import { setImmediate } from 'node:timers/promises';
import { joinPath } from '../../model/index.js';
import type { BytePath, ProbeBatch, ProbeTarget, ResidencyColumns, ScanBatch, Scanner, ScanOptions, ScannedFs } from '../../model/index.js';
import { Excludes } from '../scan/excludes.js';
import { RecordedFiles } from './recorded-files.js';
import type { RecordedFile } from './recorded-files.js';

/** Lines of the trace in one batch: a few milliseconds. */
const LINES_PER_BATCH = 4096;

export interface ReplayScannerOptions {
  /** Where the recorded times start, in nanoseconds: the same as the source's. Default 0. */
  readonly baseNs?: number;
  /** Called when a scan has come to its end. */
  readonly scanned?: () => void;
}

/** The files that a recorded trace knows, as if they were found below the path. */
export class ReplayScanner implements Scanner {
  readonly #trace: string;
  readonly #path: BytePath;
  readonly #baseNs: number;
  readonly #scanned: () => void;
  /** By the key that a probe names it by. */
  readonly #met = new Map<string, RecordedFile>();

  /** @param path takes the place of the path that was scanned: the same one if the trace has several, else the first. */
  constructor(trace: string, path: BytePath, options: ReplayScannerOptions = {}) {
    this.#trace = trace;
    this.#path = path;
    this.#baseNs = options.baseNs ?? 0;
    this.#scanned = options.scanned ?? (() => undefined);
  }

  /** @throws {DuetError} `DUET_ERR_TRACE_FORMAT`, `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED` */
  async *scan(options: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
    const recorded = new RecordedFiles(this.#trace);
    const excludes = new Excludes(options.exclude ?? []);
    const root = await this.#rootOf();
    try {
      // Numbers that this scan has given to file systems and folders of the trace.
      const fileSystems = new Map<number, number>();
      const folders = new Map<number, number>();
      const paths: BytePath[] = [];
      const excluded = new Set<number>();
      for (let files = recorded.next(LINES_PER_BATCH); files !== undefined; files = recorded.next(LINES_PER_BATCH)) {
        const newFs: ScannedFs[] = [];
        const newFolders: { no: number; parent: number; name: BytePath }[] = [];
        const folderNumber = (no: number): number => {
          const known = folders.get(no);
          if (known !== undefined) return known;
          const folder = recorded.folders[no];
          const parent = no === root ? 0 : folderNumber(folder.parent);
          const number = folders.size;
          folders.set(no, number);
          paths[number] = no === root ? ('' as BytePath) : joinPath(paths[parent], folder.name);
          if (no !== root && (excluded.has(parent) || excludes.has(paths[number], folder.name))) excluded.add(number);
          newFolders.push({ no: number, parent, name: no === root ? ('' as BytePath) : folder.name });
          return number;
        };
        const rows = files.filter((file) => {
          if (recorded.folders[file.folder].root !== root) return false;
          const folder = folderNumber(file.folder);
          const path = joinPath(paths[folder], file.name);
          if (excluded.has(folder) || excludes.has(path, file.name)) return false;
          if (!fileSystems.has(file.fs)) {
            fileSystems.set(file.fs, fileSystems.size);
            // Whose an event is that may be of several files can't be looked up any more: it counts for the one that is known.
            newFs.push({ ...recorded.fileSystems[file.fs], sharesNumbers: false });
          }
          this.#met.set(path, file);
          return true;
        });
        yield {
          ...columns(rows, this.#residency(rows)),
          fs: Uint16Array.from(rows, (file) => fileSystems.get(file.fs) ?? 0),
          folder: Uint32Array.from(rows, (file) => folders.get(file.folder) ?? 0),
          newFs,
          newFolders,
          problems: [],
        };
        // Others have their turn between two batches.
        await setImmediate();
      }
    } finally {
      recorded.close();
    }
    this.#scanned();
  }

  /** Says what the trace says of size and times, and nothing of the cache: nobody can look there now. */
  async probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch> {
    const files = targets.map((target) => this.#met.get(target.path));
    return {
      count: targets.length,
      slot: Uint32Array.from(targets, (target) => target.slot),
      gone: Uint8Array.from(files, (file) => (file === undefined ? 1 : 0)),
      size: Float64Array.from(files, (file) => file?.size ?? 0),
      mtimeNs: BigInt64Array.from(files, (file) => file?.mtimeNs ?? 0n),
      ctimeNs: BigInt64Array.from(files, (file) => file?.ctimeNs ?? 0n),
      residency: noResidency(targets.length),
    };
  }

  async close(): Promise<void> {
    this.#met.clear();
  }

  /** Number of the folder that stands for the path. */
  async #rootOf(): Promise<number> {
    const recorded = new RecordedFiles(this.#trace);
    try {
      while (recorded.next(LINES_PER_BATCH) !== undefined) await setImmediate();
      const roots = recorded.folders.filter((folder) => folder.root === folder.no);
      return (roots.find((folder) => folder.name === this.#path) ?? roots[0])?.no ?? 0;
    } finally {
      recorded.close();
    }
  }

  #residency(rows: readonly RecordedFile[]): ResidencyColumns {
    const residency = noResidency(rows.length);
    const runs: number[] = [];
    for (const [row, file] of rows.entries()) {
      if (file.probedNs === null) continue;
      residency.probedNs[row] = this.#baseNs + file.probedNs;
      residency.probedMs[row] = file.probedMs;
      for (let at = 0; at < file.runs.length; at += 3) {
        const [index, pages, dirty] = file.runs.slice(at, at + 3);
        runs.push(row, index, pages, dirty);
        residency.resident[row] += pages;
        if (dirty === 1) residency.dirty[row] += pages;
      }
    }
    return { ...residency, runs: Float64Array.from(runs) };
  }
}

function columns(rows: readonly RecordedFile[], residency: ResidencyColumns): Omit<ScanBatch, 'fs' | 'folder' | 'newFs' | 'newFolders' | 'problems'> {
  let end = 0;
  return {
    count: rows.length,
    ino: Float64Array.from(rows, (file) => file.ino),
    gen: Uint32Array.from(rows, (file) => file.gen),
    names: Buffer.from(rows.map((file) => file.name).join(''), 'latin1'),
    nameEnd: Uint32Array.from(rows, (file) => (end += file.name.length)),
    nlink: Uint32Array.from(rows, (file) => file.nlink),
    size: Float64Array.from(rows, (file) => file.size),
    mtimeNs: BigInt64Array.from(rows, (file) => file.mtimeNs),
    ctimeNs: BigInt64Array.from(rows, (file) => file.ctimeNs),
    physical: Float64Array.from(rows, (file) => file.physical),
    residency,
  };
}

function noResidency(count: number): ResidencyColumns {
  return {
    probedNs: new Float64Array(count),
    probedMs: new Float64Array(count),
    resident: new Float64Array(count),
    dirty: new Float64Array(count),
    runs: new Float64Array(0),
  };
}
