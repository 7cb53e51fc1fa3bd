import type { RunEvent, RunSummary } from '@duet/core';

/** Shows a run while it goes on and at its end. */
export interface RunReporter {
  event(event: RunEvent): void;
  /** The run came to its end, interrupted or not. */
  finish(summary: RunSummary): void;
  /** Lets go of the terminal; called always, and before an error is printed. */
  close(): void;
}
