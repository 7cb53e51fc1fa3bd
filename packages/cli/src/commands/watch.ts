import { resolve } from 'node:path';
import { fromText } from '@duet/core/model';
import type { DuetOptions, EventName, Session } from '@duet/core';
import { pathArgument, resolvePath } from '../arguments/path-argument.js';
import type { Invocation } from '../invocation.js';
import { jsonLine } from '../render/json-line.js';
import { lostText } from '../render/run-text.js';
import { mountFields, mountTextLine, watchFields, watchTextLine } from '../render/watch-line.js';

/** Options of `duet watch`. */
export interface WatchCommandOptions {
  readonly events: readonly EventName[];
  readonly paths?: boolean;
  readonly exclude: readonly string[];
  readonly interval: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly source: NonNullable<DuetOptions['source']>;
  readonly record?: string;
  readonly replay?: string;
}

const BATCH = 1_024;
/** A longer `setTimeout` fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Prints page events under a path until interrupted. Resolves to the exit code. */
export async function watchCommand(pathText: string, options: WatchCommandOptions, invocation: Invocation): Promise<number> {
  const { environment } = invocation;
  // A trace may be of another machine.
  const path = options.replay === undefined ? resolvePath(pathArgument(pathText)) : fromText(resolve(pathText));
  const ending = new Ending(invocation, options.duration);
  try {
    const framework = await environment.framework();
    const trace = {
      ...(options.record === undefined ? {} : { record: options.record }),
      ...(options.replay === undefined ? {} : { replay: options.replay }),
    };
    const duet = await framework.openDuet({ stateDir: null, source: options.source, logger: await invocation.logger() }, trace);
    try {
      const session = duet.register({
        name: 'watch',
        path,
        events: options.events,
        fetchIntervalMs: options.interval,
        batchSize: BATCH,
        exclude: options.exclude,
      });
      await print(session, options, invocation, ending);
      return ending.exitCode;
    } finally {
      await duet.close();
    }
  } finally {
    ending.dispose();
  }
}

/**
 * Fetches no faster than the reader takes the lines: what is not fetched
 * merges in the item table and costs no memory.
 */
async function print(session: Session, options: WatchCommandOptions, { environment, json, quiet }: Invocation, ending: Ending): Promise<void> {
  const { stdout, stderr } = environment;
  const lineOptions = { root: session.path, absolute: options.paths === true };
  const failure = new Promise<never>((_resolve, reject) => {
    session.ready.catch(reject);
    session.lost$.subscribe({
      next: (loss) => {
        if (json) stdout.write(jsonLine({ type: 'lost', ...loss }));
        else if (!quiet) stderr.write(`${lostText({ type: 'lost', ...loss })}\n`);
      },
      error: reject,
    });
    session.mounts$.subscribe({
      next: (change) => stdout.write(json ? jsonLine(mountFields(change)) : mountTextLine(change)),
      error: reject,
    });
  });
  // Awaited only while there is something to wait for.
  failure.catch(() => undefined);
  try {
    while (!ending.isReached) {
      const items = session.fetch(BATCH);
      for (const item of items) {
        stdout.write(json ? jsonLine(watchFields(item, lineOptions)) : watchTextLine(item, lineOptions));
      }
      await Promise.race([stdout.drained(), ending.reached]);
      if (items.length < BATCH) await Promise.race([ending.pause(options.interval), failure]);
    }
  } finally {
    session.close();
  }
}

/** When to stop watching, and with what exit code. */
class Ending {
  readonly reached: Promise<void>;
  #exitCode: number | undefined;
  readonly #dispose: (() => void)[] = [];
  #reach: () => void = () => undefined;

  constructor({ environment }: Invocation, durationMs: number | undefined) {
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#dispose.push(environment.interrupts.onInterrupt((exitCode) => this.#end(exitCode)));
    this.#dispose.push(environment.stdout.onGone(() => this.#end(0)));
    if (durationMs === undefined) return;
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : this.#end(0)), stepMs);
    };
    wait(durationMs);
    this.#dispose.push(() => clearTimeout(timer));
  }

  get isReached(): boolean {
    return this.#exitCode !== undefined;
  }

  get exitCode(): number {
    return this.#exitCode ?? 0;
  }

  /** Waits `ms`, or less if the end comes. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, ms))), this.reached]);
    clearTimeout(timer);
  }

  dispose(): void {
    for (const dispose of this.#dispose) dispose();
  }

  #end(exitCode: number): void {
    this.#exitCode ??= exitCode;
    this.#reach();
  }
}
