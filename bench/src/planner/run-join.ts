import type { Run, TaskRequest } from '@duet/core';
import { LabError } from '../lab/lab-error.js';

/** A task that joins; `deadlineMs` from now, absent: none. */
export type JoinRequest = TaskRequest & { readonly deadlineMs?: number };

/** A run that takes tasks while it is under way. */
interface JoinableRun extends Run {
  join(request: JoinRequest): unknown;
}

/** Has a task join a run. @throws {LabError} with a core whose runs cannot be joined. */
export async function joinRun(run: Run, request: JoinRequest): Promise<void> {
  if (!isJoinable(run)) throw new LabError('runs of this @duet/core cannot be joined');
  await run.join(request);
}

function isJoinable(run: Run): run is JoinableRun {
  return 'join' in run && typeof run.join === 'function';
}
