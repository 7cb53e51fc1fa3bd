import { threadsLoaded } from '@duet/core/threads';
import type { Output } from './output/output.js';

/** Tells a command that the user wants it to end. */
export interface Interrupts {
  /** Calls `handler` with the exit code that the signal stands for; a second signal ends the process at once. Returns what takes it back. */
  onInterrupt(handler: (exitCode: number) => void): () => void;
}

/** What a shell reports for a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof EXIT_CODES;

/** SIGINT, SIGTERM and SIGHUP of this process. */
export function processInterrupts(stdout: Output): Interrupts {
  return {
    onInterrupt(handler) {
      let signalled = false;
      const stop = (): void => {
        for (const signal of Object.keys(EXIT_CODES)) process.off(signal, listener);
      };
      const listener = (signal: Signal): void => {
        if (!signalled) {
          signalled = true;
          handler(EXIT_CODES[signal]);
          return;
        }
        stop();
        // A write that nobody takes would keep `exit` waiting; the signal does not wait.
        if (stdout.busy) process.kill(process.pid, signal);
        else void threadsLoaded().then(() => process.exit(EXIT_CODES[signal]));
      };
      for (const signal of Object.keys(EXIT_CODES)) process.on(signal, listener);
      return stop;
    },
  };
}
