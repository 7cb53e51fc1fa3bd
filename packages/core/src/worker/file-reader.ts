import type { FileStat, Unit } from '../model/index.js';

/** Reads files below a task's path, and tells how they are. */
export interface FileReader {
  /** The unit's content in pieces of at most 1 MiB, or as long as `into`, where they lie one after the other; `cost` is told what each came from. @throws {DuetError} `DUET_ERR_READ`, `DUET_ERR_VANISHED` */
  read(unit: Unit, cost: (fromCache: number, fromDisk: number) => void, signal: AbortSignal, into?: Buffer): AsyncIterable<Buffer>;
  /** Size and times now; undefined if the file is gone. Synchronous: one system call. */
  stat(unit: Unit): FileStat | undefined;
  close(): void;
}
