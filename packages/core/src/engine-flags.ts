import { setFlagsFromString } from 'node:v8';

/** A flag of V8 as this process wants it, and as V8 has it by itself. */
export interface EngineFlag {
  readonly wanted: string;
  readonly usual: string;
}

const flags: EngineFlag[] = [];
/** Threads that are loading their code. */
let loading = 0;

/**
 * Sets a flag of V8 for the process and its threads.
 *
 * While a thread loads its code all of them are as V8 has them by itself: the
 * compiled code that Node brings along is not used with other flags than it was
 * made with, and a thread's start would take half as long again.
 */
export function setEngineFlag(flag: EngineFlag): void {
  flags.push(flag);
  if (loading === 0) setFlagsFromString(flag.wanted);
}

/** Has the flags as V8 has them, for a thread to start, until what this gives is called. */
export function usualEngineFlags(): () => void {
  loading++;
  if (loading === 1) for (const { usual } of flags) setFlagsFromString(usual);
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    loading--;
    if (loading === 0) for (const { wanted } of flags) setFlagsFromString(wanted);
  };
}
