import type { TaskProgress, TaskSummary } from './run-event.js';

/** Counts what a task did in one run. Bytes unless said otherwise. */
export class TaskTally {
  filesTotal = 0;
  bytesTotal = 0;
  /** Done by earlier, interrupted runs of the same cycle. */
  filesBefore = 0;
  bytesBefore = 0;
  /** Processed in this run; `filesDurable` are in the database. */
  filesDone = 0;
  filesDurable = 0;
  bytesDone = 0;
  fromCache = 0;
  fromDisk = 0;
  problems = 0;
  cycleComplete = false;
  /** Paths of files with a problem. */
  readonly failed = new Set<string>();

  progress(task: string): TaskProgress {
    return {
      task,
      filesDone: this.filesBefore + this.filesDone,
      filesTotal: this.filesTotal,
      bytesDone: this.bytesBefore + this.bytesDone,
      bytesTotal: this.bytesTotal,
      bytesFromCache: this.fromCache,
      bytesFromDisk: this.fromDisk,
    };
  }

  summary(task: string): TaskSummary {
    return {
      task,
      filesTotal: this.filesTotal,
      filesDone: this.filesDurable,
      filesSkipped: Math.max(this.filesTotal - this.filesDurable - this.failed.size, 0),
      filesFailed: this.failed.size,
      bytes: this.bytesDone,
      bytesFromCache: this.fromCache,
      bytesFromDisk: this.fromDisk,
      problems: this.problems,
      cycleComplete: this.cycleComplete,
    };
  }
}
