import { Socket } from 'node:net';
import { constants } from 'node:os';
import { close, errnoError } from './syscalls/index.js';
// By itself: no thread binds these calls but one that starts programs.
import { openPipe, reap, spawnProgram } from './syscalls/spawn.js';

/** Pauses between looks whether a program that is about to end has ended, in milliseconds: doubled each time. */
const FIRST_LOOK_MS = 1;
const LONGEST_PAUSE_MS = 50;

/** How a program is started. */
export interface ProgramOptions {
  readonly cwd: string;
  /** What differs from this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a program came to its end. */
export interface ProgramExit {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A program at work, with a pipe to it and two from it.
 *
 * It does what `spawn` of `node:child_process` does, which copies the tables of
 * all memory of this process for each program (`fork`), and has every page that
 * is written to afterwards fault: with 200 MiB and dozens of programs that is
 * what most of the processor goes to.
 */
export class Program {
  readonly pid: number;
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** When it has ended, and nothing holds its output open any more, all of which has to be read; after `kill`, when it has ended. */
  readonly ended: Promise<ProgramExit>;
  #resolve!: (exit: ProgramExit) => void;
  #streams = 2;
  #look: NodeJS.Timeout | undefined;
  #exit: ProgramExit | undefined;

  /**
   * Starts it. `path` is absolute, PATH is not searched. The thread that calls
   * is its parent.
   *
   * @throws what Node's `spawn` emits: an error with `code`, `ENOENT`, `EACCES`, `EMFILE`
   */
  constructor(path: string, args: readonly string[], { cwd, env = {} }: ProgramOptions) {
    const pipes = openPipes(3);
    const [stdin, stdout, stderr] = pipes;
    const theirs = [stdin[0], stdout[1], stderr[1]] as const;
    const pid = spawnProgram({ path, args: [path, ...args], env: environment(env), cwd, stdio: theirs });
    const ours = [stdin[1], stdout[0], stderr[0]];
    theirs.forEach(close);
    if (pid < 0) {
      ours.forEach(close);
      throw errnoError(pid, `spawn ${path}`);
    }
    this.pid = pid;
    this.stdin = new Socket({ fd: stdin[1], readable: false, writable: true });
    [this.stdout, this.stderr] = [stdout[0], stderr[0]].map((fd) => new Socket({ fd, readable: true, writable: false }).once('close', () => this.#closed()));
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Sends it a signal; nothing if it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.#exit !== undefined) return;
    // Its id is its own until it is reaped.
    process.kill(this.pid, signal);
    this.#lookAfter(FIRST_LOOK_MS);
  }

  #closed(): void {
    if (--this.#streams === 0) this.#lookAfter(0);
  }

  /** A program that closes its output is about to end: nobody waits in a thread for that. */
  #lookAfter(pauseMs: number): void {
    clearTimeout(this.#look);
    const look = (): void => {
      const end = reap(this.pid);
      if (end === undefined) return this.#lookAfter(Math.min(Math.max(2 * pauseMs, FIRST_LOOK_MS), LONGEST_PAUSE_MS));
      this.#exit = 'exitCode' in end ? { exitCode: end.exitCode, signal: null } : { exitCode: null, signal: signalName(end.signal) };
      this.stdin.destroy();
      this.stdout.destroy();
      this.stderr.destroy();
      this.#resolve(this.#exit);
    };
    if (this.#exit !== undefined) return;
    if (pauseMs === 0) look();
    else this.#look = setTimeout(look, pauseMs);
  }
}

/** @throws {NodeJS.ErrnoException} `EMFILE` with none of them left open */
function openPipes(count: number): (readonly [number, number])[] {
  const pipes: (readonly [number, number])[] = [];
  for (let i = 0; i < count; i++) {
    const pipe = openPipe();
    if (typeof pipe === 'number') {
      pipes.flat().forEach(close);
      throw errnoError(pipe, 'pipe2');
    }
    pipes.push(pipe);
  }
  return pipes;
}

function environment(changes: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries({ ...process.env, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

function signalName(number: number): NodeJS.Signals | null {
  return (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined) ?? null;
}
