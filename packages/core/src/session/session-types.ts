import type { Observable } from 'rxjs';
import type { BytePath, DuetError, EventName, FileRef, Item } from '../model/index.js';

/** Options of a registration. */
export interface SessionOptions {
  readonly name: string;
  /** Absolute, resolved: a folder or a file. */
  readonly path: BytePath;
  readonly events: readonly EventName[];
  /** How often the observables poll, in milliseconds: half as often while things happen, and not at all while nothing does, where the kernel tells of it (tracefs). Default 10. */
  readonly fetchIntervalMs?: number;
  /** Most items in a batch. Default 4,096. */
  readonly batchSize?: number;
  /** Globs relative to the path; a file that matches is never relevant. */
  readonly exclude?: readonly string[];
  /** Whether the task wants this file. Sync and pure. Default: every one. */
  readonly accepts?: (file: FileRef) => boolean;
}

/** A file system that came to be, or is no longer, below a session's path. */
export type MountChange =
  | { readonly type: 'joined'; readonly mountPoint: BytePath; readonly fsType: string }
  | { readonly type: 'left'; readonly mountPoint: BytePath; readonly fsType: string; readonly reason: DuetError };

/** Counters of a session since its registration. */
export interface SessionCounters {
  /** Page events of relevant files, in pages. */
  readonly seen: number;
  /** Events of files that are not relevant or done. */
  readonly filtered: number;
  /** Events that merged with, or cancelled, one not yet fetched. */
  readonly merged: number;
  /** Events lost by the source. */
  readonly lost: number;
  /** Items fetched. */
  readonly fetched: number;
}

/** A registered task's view of the page cache. */
export interface Session {
  readonly id: number;
  readonly name: string;
  readonly path: BytePath;
  /** Bits of the event mask. */
  readonly mask: number;
  /** Resolves when the files below the path are known and what is cached has been reported. */
  readonly ready: Promise<void>;
  /** Batches of items: hot, polled at `fetchIntervalMs`, never empty. Completes when the session closes; errors with `DUET_ERR_MOUNT_GONE` when the mount that the path is on goes away. */
  readonly items$: Observable<readonly Item[]>;
  /** Losses of the source, and how many files were read again because of each. */
  readonly lost$: Observable<{ readonly events: number; readonly filesReread: number }>;
  /** Mounts below the path that come and go while the session is open. */
  readonly mounts$: Observable<MountChange>;
  /**
   * At most `max` items now; empty if nothing is new. Never waits.
   *
   * @throws {DuetError} `DUET_ERR_SESSION_CLOSED`, or what ended the session.
   */
  fetch(max: number): Item[];
  /**
   * Done files get no items. Ignored if the file changed since `file` was
   * told; taken back when its size or times move.
   */
  setDone(file: FileRef): void;
  resetDone(file: FileRef): void;
  isDone(file: FileRef): boolean;
  counters(): SessionCounters;
  close(): void;
}
