import { DuetError } from '../model/index.js';

/** Longest that a hook other than `process` may take, in milliseconds. */
export const HOOK_TIMEOUT_MS = 10 * 60_000;
/** Longest that `process` may take: this, and a second for each MiB. */
export const PROCESS_TIMEOUT_MS = 5 * 60_000;

/**
 * Runs a hook, and names it and its plugin when it fails or does not settle in
 * time: since it was called, or since it last was alive, on the clock of
 * `performance.now`. A `DuetError` of the hook passes as it is.
 */
export async function guardHook<T>(plugin: string, hook: string, timeoutMs: number, call: () => Promise<T> | T, lastAliveMs: () => number = () => 0): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const calledMs = performance.now();
  const overdue = new Promise<never>((_resolve, reject) => {
    const wait = (ms: number): void => {
      timer = setTimeout(() => {
        const leftMs = Math.max(calledMs, lastAliveMs()) + timeoutMs - performance.now();
        if (leftMs > 0) wait(leftMs);
        else reject(hookTimeout(plugin, hook, timeoutMs));
      }, ms);
    };
    wait(timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(call), overdue]);
  } catch (error) {
    throw hookError(plugin, hook, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a synchronous hook, and names it and its plugin when it fails. */
export function guardSync<T>(plugin: string, hook: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw hookError(plugin, hook, error);
  }
}

export function hookTimeout(plugin: string, hook: string, timeoutMs: number): DuetError {
  return new DuetError('DUET_ERR_PLUGIN_TIMEOUT', {
    operation: `run the hook '${hook}'`,
    message: `the hook '${hook}' of the plugin '${plugin}' did not settle within ${Math.round(timeoutMs / 1000)} s`,
  });
}

export function hookError(plugin: string, hook: string, error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new DuetError('DUET_ERR_PLUGIN_HOOK', {
    operation: `run the hook '${hook}'`,
    message: `the hook '${hook}' of the plugin '${plugin}' failed: ${why}`,
    cause: error,
  });
}
