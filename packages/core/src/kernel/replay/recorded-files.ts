import type { BytePath, ScannedFs } from '../../model/index.js';
import { TraceLines } from './trace-lines.js';
import type { TraceLine } from './trace-format.js';

/** A folder of a recorded scan; `root` is the number of the scanned path above it. */
export interface RecordedFolder {
  readonly no: number;
  /** Its own number for a scanned path. */
  readonly parent: number;
  readonly root: number;
  /** The whole path for a scanned path. */
  readonly name: BytePath;
}

/** One file name of a recorded scan. */
export interface RecordedFile {
  readonly fs: number;
  readonly folder: number;
  readonly name: BytePath;
  readonly ino: number;
  readonly gen: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly physical: number;
  /** Nanoseconds since the recording began; null: its cache state was not read. */
  readonly probedNs: number | null;
  readonly probedMs: number;
  /** Flat: first page, pages, 1 if dirty. */
  readonly runs: readonly number[];
}

/** What of the files stands in a trace: each with what had been told before it. */
export class RecordedFiles {
  readonly fileSystems: ScannedFs[] = [];
  readonly folders: RecordedFolder[] = [];
  readonly #lines: TraceLines;

  /** @throws {DuetError} `DUET_ERR_TRACE_FORMAT`, `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED` */
  constructor(path: string) {
    this.#lines = new TraceLines(path);
  }

  /** The files of the next `max` lines that are no events; undefined at the end. @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
  next(max: number): RecordedFile[] | undefined {
    const files: RecordedFile[] = [];
    for (let read = 0; read < max; read += 1) {
      const line = this.#lines.nextNoEvent();
      if (line === undefined) return read === 0 ? undefined : files;
      if (line[0] === 'file') files.push(this.#file(line));
      else if (line[0] === 'fs') this.#fileSystem(line);
      else if (line[0] === 'root' || line[0] === 'dir') this.#folder(line);
    }
    return files;
  }

  close(): void {
    this.#lines.close();
  }

  #fileSystem([, fs]: TraceLine): void {
    if (typeof fs !== 'object' || fs === null || !('dev' in fs) || typeof fs.dev !== 'number') throw this.#lines.error('it is no file system');
    this.fileSystems.push(fs as ScannedFs);
  }

  #folder([kind, no, ...rest]: TraceLine): void {
    const [parent, name] = kind === 'root' ? [no, rest[0]] : rest;
    if (no !== this.folders.length || typeof parent !== 'number' || typeof name !== 'string') throw this.#lines.error('it is no folder');
    const root = kind === 'root' ? no : this.folders[parent]?.root;
    if (root === undefined) throw this.#lines.error('its parent folder was not told');
    this.folders.push({ no, parent, root, name: name as BytePath });
  }

  #file([, fs, folder, name, ino, gen, nlink, size, mtimeNs, ctimeNs, physical, probedNs, probedMs, runs]: TraceLine): RecordedFile {
    const known = this.fileSystems[fs as number] !== undefined && this.folders[folder as number] !== undefined;
    const numbers = [ino, gen, nlink, size, physical ?? 0, probedNs ?? 0, probedMs].every((one) => typeof one === 'number');
    const times = [mtimeNs, ctimeNs].every((one) => typeof one === 'string' && /^-?\d+$/.test(one));
    const wholeRuns = Array.isArray(runs) && runs.length % 3 === 0 && runs.every((one) => typeof one === 'number');
    if (!known || !numbers || !times || !wholeRuns || typeof name !== 'string') throw this.#lines.error('it is no file');
    return {
      fs: fs as number,
      folder: folder as number,
      name: name as BytePath,
      ino: ino as number,
      gen: gen as number,
      nlink: nlink as number,
      size: size as number,
      mtimeNs: BigInt(mtimeNs as string),
      ctimeNs: BigInt(ctimeNs as string),
      physical: (physical as number | null) ?? Infinity,
      probedNs: probedNs as number | null,
      probedMs: probedMs as number,
      runs,
    };
  }
}
