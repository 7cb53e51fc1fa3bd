import { defaultBufferKb } from './buffer-size.js';
import { TraceInstance } from './trace-instance.js';
import { tracefsAvailable } from './tracefs-available.js';

/** An instance that is being made, and what removes it where nobody comes to take it. */
interface Ahead {
  readonly instance: TraceInstance;
  readonly onExit: () => void;
}

let ahead: Ahead | undefined;

/**
 * Begins to make the trace instance of the source that is about to be opened,
 * where there can be one: the rest can be loaded while the kernel takes its
 * time. What fails is left to the source to tell.
 */
export function makeTraceAhead(): void {
  if (ahead !== undefined || !tracefsAvailable().ok) return;
  try {
    const instance = new TraceInstance(defaultBufferKb(), true);
    // Told by the source, which tries again.
    instance.ready.catch(() => undefined);
    const onExit = (): void => instance.removeQuietly();
    process.once('exit', onExit);
    ahead = { instance, onExit };
  } catch {
    // See above.
  }
}

/** The instance that was made ahead, all set; undefined if there is none. The caller removes it. */
export async function takeTraceAhead(): Promise<TraceInstance | undefined> {
  const taken = ahead;
  if (taken === undefined) return undefined;
  ahead = undefined;
  try {
    await taken.instance.ready;
    return taken.instance;
  } catch {
    taken.instance.removeQuietly();
    return undefined;
  } finally {
    process.off('exit', taken.onExit);
  }
}
