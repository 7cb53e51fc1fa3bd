const cell = new Int32Array(new SharedArrayBuffer(4));

/** Waits without the event loop: for clean-up while the process exits. */
export function sleepSync(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}

/** Polls `condition` for at most `timeoutMs`; whether it came true. */
export function waitSync(condition: () => boolean, timeoutMs: number): boolean {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    sleepSync(10);
  }
  return true;
}
