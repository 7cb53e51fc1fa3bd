import { Writable } from 'node:stream';
import { EMPTY, NEVER, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import { DuetError, fromText } from '@duet/core/model';
import type { Duet, DuetOptions, Item, MountChange, Plugin, PluginCommand, Run, RunEvent, RunOptions, RunSummary, Session, SessionOptions } from '@duet/core';
import { runCommandLine } from '../src/command-line.js';
import type { Environment } from '../src/environment.js';
import type { Framework, StateView } from '../src/framework.js';
import { Output } from '../src/output/output.js';

/** What a call of the command wrote, and how it ended. */
export interface CallResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout, parsed. */
  json(): Record<string, unknown>[];
}

/** A framework that tests fill in; what they leave out fails when used. */
export type FakeFramework = Partial<Framework>;

/** Collects what is written. */
export class TextSink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface CallOptions {
  readonly framework?: FakeFramework;
  readonly environment?: Partial<Environment>;
  readonly plugins?: readonly Plugin[];
  /** Gets what a signal would be passed to. */
  readonly onInterrupt?: (interrupt: (exitCode: number) => void) => void;
}

/** Runs the command with a fake world around it. */
export async function call(argv: readonly string[], options: CallOptions = {}): Promise<CallResult> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const plugins = options.plugins ?? [fakePlugin()];
  const missing = async (): Promise<never> => {
    throw new Error('not faked');
  };
  const framework: Framework = {
    openDuet: missing,
    workWhenIdle: () => undefined,
    openScanner: missing,
    viewState: async () => undefined,
    processStatuses: async () => [],
    openWorkspace: missing,
    checks: async function* () {},
    ...options.framework,
  };
  const exitCode = await runCommandLine(argv, {
    stdout: new Output(stdout, { isTerminal: false }),
    stderr: new Output(stderr, { isTerminal: false }),
    stdin: (async function* () {})(),
    variables: { DUET_STATE_DIR: '/nowhere/state' },
    uid: 1000,
    folder: process.cwd(),
    version: '1.2.3',
    interrupts: {
      onInterrupt: (handler) => {
        options.onInterrupt?.(handler);
        return () => undefined;
      },
    },
    bundledPlugins: plugins.map((plugin) => ({ name: plugin.name, summary: plugin.summary, load: async () => plugin })),
    startThreads: async () => undefined,
    openAhead: async () => undefined,
    framework: async () => framework,
    now: () => 1_000_000,
    ...options.environment,
  });
  return {
    exitCode,
    stdout: stdout.text,
    stderr: stderr.text,
    json: () => stdout.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export function fakePlugin(changes: Partial<Plugin> & { readonly commands?: readonly PluginCommand[] } = {}): Plugin {
  return {
    name: 'fake',
    summary: 'does nothing',
    core: '*',
    incremental: false,
    config: z.strictObject({
      depth: z.coerce.number().int().default(3).describe('how deep'),
      tags: z.array(z.string()).optional().describe('tags to keep'),
      deep: z.coerce.boolean().optional().describe('whether to go deep'),
      olderThan: z.string().optional().describe('age'),
    }),
    inOrder: false,
    events: [],
    commands: [],
    create: () => ({ process: async () => undefined }),
    ...changes,
  };
}

export const SUMMARY: RunSummary = {
  exitCode: 0,
  wallMs: 1500,
  deviceBytesRead: 1_048_576,
  bytesAlone: 4_194_304,
  eventLoopMaxMs: 3,
  tasks: [
    {
      task: 'fake', filesTotal: 3, filesDone: 3, filesSkipped: 0, filesFailed: 0, bytes: 4_194_304,
      bytesFromCache: 3_145_728, bytesFromDisk: 1_048_576, problems: 0, cycleComplete: true,
    },
  ],
};

/** A Duet whose runs go as the test says. */
export class FakeDuet implements Duet {
  readonly source = 'none';
  stateSetAside: string | null = null;
  readonly options: DuetOptions;
  readonly runs: RunOptions[] = [];
  readonly stops: number[] = [];
  closed = 0;
  /** What a run does; default: comes to its end with `SUMMARY`. */
  onRun: (events$: Subject<RunEvent>, stopped: Promise<number>) => Promise<RunSummary> = async () => SUMMARY;
  items: Item[] = [];
  registered: SessionOptions[] = [];
  mounts$: Observable<MountChange> = NEVER;

  constructor(options: DuetOptions = { stateDir: null }) {
    this.options = options;
  }

  register(options: SessionOptions): Session {
    this.registered.push(options);
    const waiting = this.items;
    return {
      id: 1, name: options.name, path: options.path, mask: 0, ready: Promise.resolve(), items$: EMPTY, mounts$: this.mounts$, lost$: NEVER,
      fetch: (max) => waiting.splice(0, max),
      setDone: () => undefined, resetDone: () => undefined, isDone: () => false,
      counters: () => ({ seen: 0, filtered: 0, merged: 0, lost: 0, fetched: 0 }),
      close: () => undefined,
    };
  }

  run(options: RunOptions): Run {
    this.runs.push(options);
    const events$ = new Subject<RunEvent>();
    let stop: (exitCode: number) => void = () => undefined;
    const stopped = new Promise<number>((resolve) => (stop = resolve));
    return {
      events$,
      done: Promise.resolve().then(() => this.onRun(events$, stopped)),
      join: async () => undefined,
      stop: (exitCode) => {
        this.stops.push(exitCode);
        stop(exitCode);
      },
    };
  }

  status(): never {
    throw new Error('not faked');
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** A state database with two tasks. */
export function fakeState(): StateView {
  const task = { path: fromText('/srv/data'), cycle: 2, startedMs: 940_000, finishedMs: 0 };
  return {
    stateDir: '/nowhere/state',
    tasks: () => [
      { ...task, id: 1, name: 'fake', runningPid: 4711 },
      { ...task, id: 2, name: 'other', runningPid: null },
    ],
    loadDone: async () => ({ has: (no) => no === 1 || no === 2 || no === 5, stamp: () => 0n, size: 3, partial: new Map() }),
    fileId: () => undefined,
    close: async () => undefined,
  };
}

export function duetError(code: DuetError['code']): DuetError {
  return new DuetError(code, { operation: 'test', message: 'it did not work', path: '/x', cause: new Error('EIO') });
}
