import type { FileStat } from '@duet/core/model';
import type { ReadDone, UnitReader } from '@duet/core/kernel/read';
import type { Chunker } from '../chunk/chunker.js';
import type { BlobSaver } from './blob-saver.js';
import { entryOf, NO_ENTRIES } from '../content/content-entries.js';
import type { ContentEntries } from '../content/content-entries.js';
import type { UnitJob } from './unit-job.js';
import { OpenFiles } from './open-files.js';
import type { BareFiles } from '../tree/bare-files.js';

/** What a unit became. */
export interface ChunkedUnit {
  readonly outcome: 'chunked';
  readonly entries: ContentEntries;
  /** Bytes read, and content of what was left of the unit before. */
  readonly bytes: number;
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  /** The file when reading began. */
  readonly before: FileStat;
  /** Whether it changed until reading ended: what was read may be neither the old content nor the new. */
  readonly changed: boolean;
  /** Whether it has no extended attributes, and none as long as its ctime stays; looked at with the last unit. */
  readonly isBare: boolean;
}

/** Longer than any file. */
const TO_THE_END = 2 ** 52;

/** Reads units, cuts them into chunks and saves these, one unit at a time. */
export class FileChunker {
  readonly #reader: UnitReader;
  readonly #chunker: Chunker;
  readonly #saver: BlobSaver;
  readonly #stopped: () => boolean;
  readonly #bareFiles: BareFiles;
  readonly #openFiles = new OpenFiles();

  constructor(reader: UnitReader, chunker: Chunker, saver: BlobSaver, bareFiles: BareFiles, stopped: () => boolean) {
    this.#reader = reader;
    this.#chunker = chunker;
    this.#saver = saver;
    this.#bareFiles = bareFiles;
    this.#stopped = stopped;
  }

  /**
   * Saves the chunks that end in the unit; behind the last of them the file
   * goes on with its next unit. Undefined: it was told to stop.
   *
   * @throws {DuetError} `DUET_ERR_READ`, `DUET_ERR_VANISHED`, and those of the repository
   */
  chunk(job: UnitJob): ChunkedUnit | undefined {
    if (this.#stopped()) return undefined;
    const entries: ContentEntries[] = [];
    const from = this.#begin(job);
    const bytes = job.last ? TO_THE_END : job.offset + job.bytes - from;
    const { path, ino, statDev, cachedBytes } = job;
    let isBare = false;
    const done = this.#reader.read(
      { path, ino, statDev, offset: from, bytes, direct: false, cachedBytes },
      (piece) => {
        this.#chunker.add(piece);
        for (let chunk = this.#chunker.next(); chunk !== undefined; chunk = this.#chunker.next()) entries.push(this.#save(chunk));
        return !this.#stopped();
      },
      (fd, stat) => void (isBare = job.last && this.#bareFiles.has(fd, stat)),
    ) as ReadDone;
    if (this.#stopped()) return undefined;
    const { rest } = this.#chunker;
    if (!job.last) this.#openFiles.put(job.no, from + done.bytes, rest);
    else if (rest.length > 0) entries.push(this.#save(rest));
    const joined = entries.length < 2 ? (entries[0] ?? NO_ENTRIES) : Buffer.concat(entries);
    return { outcome: 'chunked', entries: joined, bytes: from - job.covered + done.bytes, bytesFromCache: done.cacheBytes, bytesFromDisk: done.diskBytes, before: done.before, changed: done.changed, isBare };
  }

  /** Puts in what is left of the unit before, if it is still there; gives the byte from which the file is to be read. */
  #begin({ no, offset, covered }: UnitJob): number {
    this.#chunker.clear();
    const rest = this.#openFiles.take(no, covered, offset);
    if (rest === undefined) return covered;
    this.#chunker.resume(rest);
    return offset;
  }

  #save(chunk: Buffer): ContentEntries {
    return entryOf(this.#saver.data(chunk), chunk.length);
  }
}
