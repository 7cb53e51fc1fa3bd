import type { FileStat } from '@duet/core/model';
import type { FileLayout, Range } from '../layout/file-layout.js';

/** A file that is to be moved. */
export interface MovedFile {
  /** Open for reading; stays the caller's. */
  readonly fd: number;
  /** The folder that it is in, open; stays the caller's. */
  readonly folder: number;
  readonly stat: FileStat;
  readonly layout: FileLayout;
}

/** Moves one file to a better place, piece by piece, in order. All methods throw `MoveError`. */
export interface Move {
  /** Read, moved and read again at once. What stays in the cache meanwhile is read from the disk once. */
  readonly pieceBytes: number;
  /** Reads as the file does, once the piece was moved: the file itself, or what takes its place. */
  readonly fd: number;
  /** Takes content of the piece that is about to be moved, in order; the memory is used again. */
  take(offset: number, chunk: Buffer): void;
  /** All of the piece has been taken: moves it. */
  piece(range: Range): void;
  /** The piece was read again and is right. */
  checked(range: Range): void;
  /** All pieces are moved: makes it durable. 'changed': the file was written meanwhile, and stays where it was. */
  commit(): 'moved' | 'changed';
  close(): void;
}

/** How a file system moves files. Gives undefined if there is no better place for this one. */
export type Mover = (file: MovedFile) => Move | undefined;

