import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { LAB_ENV } from './command.js';
import type { Group } from './cgroups.js';
import type { LoopDevice } from './loop-device.js';

/** How a program is started in a lab. */
export interface ProgramOptions {
  readonly group: Group;
  /** Given to the program's standard input. */
  readonly input?: Uint8Array;
  /** Called with each line of output and the time (ms of CLOCK_MONOTONIC) at which it arrived; without it the output is dropped. */
  readonly onLine?: (line: string, atMs: number) => void;
  /** Runs as this user and group, without any privilege. */
  readonly uid?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program did and took. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly wallMs: number;
  /** When it was started, ms of CLOCK_MONOTONIC. */
  readonly startedMs: number;
  /** Read from the device between its start and its end, by whomever. */
  readonly deviceBytesRead: number;
  /** Highest resident memory of its first process (VmHWM). */
  readonly peakResidentBytes: number;
  /** Highest anonymous and kernel memory of its group, sampled. */
  readonly peakAnonBytes: number;
  readonly peakKernelBytes: number;
}

/** Joins the groups, then becomes the program: nothing that it touches is charged elsewhere. */
const JOIN = 'echo $$ > "$1" && echo $$ > "$2" && shift 2 && exec "$@"';
const SAMPLE_MS = 20;

/** Milliseconds of CLOCK_MONOTONIC, which is also the trace clock `mono`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** A program that runs in a lab. */
export class Program {
  readonly result: Promise<ProgramResult>;
  readonly #child: ChildProcess;

  constructor(argv: readonly string[], device: LoopDevice, options: ProgramOptions) {
    const user = options.uid === undefined ? [] : ['setpriv', `--reuid=${options.uid}`, `--regid=${options.uid}`, '--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
    const startedMs = monotonicMs();
    const readBefore = device.bytesRead();
    this.#child = spawn('sh', ['-c', JOIN, 'sh', ...options.group.procsFiles, ...user, ...argv], {
      env: { ...LAB_ENV, ...options.env },
      stdio: [options.input ? 'pipe' : 'ignore', options.onLine ? 'pipe' : 'ignore', 'pipe'],
    });
    this.result = this.#watch(device, options, startedMs, readBefore);
    // Whoever stops waiting, because another program failed, is not to end the process by it.
    this.result.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #watch(device: LoopDevice, options: ProgramOptions, startedMs: number, readBefore: number): Promise<ProgramResult> {
    const child = this.#child;
    const peak = { resident: 0, anon: 0, kernel: 0 };
    const sample = (): void => {
      const memory = options.group.memory();
      peak.anon = Math.max(peak.anon, memory.anonBytes);
      peak.kernel = Math.max(peak.kernel, memory.kernelBytes);
      peak.resident = Math.max(peak.resident, highWater(this.pid));
    };
    const timer = setInterval(sample, SAMPLE_MS);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-65536)));
    if (options.onLine && child.stdout) eachLine(child.stdout, options.onLine);
    if (options.input) child.stdin?.on('error', () => undefined).end(options.input);
    return new Promise((resolve, reject) => {
      let wallMs = 0;
      let deviceBytesRead = 0;
      child.on('error', (error) => {
        clearInterval(timer);
        reject(error);
      });
      child.on('exit', () => {
        wallMs = monotonicMs() - startedMs;
        deviceBytesRead = device.bytesRead() - readBefore;
        clearInterval(timer);
      });
      // 'close' follows when all that it printed has been read.
      child.on('close', (exitCode, signal) => {
        resolve({ exitCode, signal, stderr, wallMs, startedMs, deviceBytesRead, peakResidentBytes: peak.resident, peakAnonBytes: peak.anon, peakKernelBytes: peak.kernel });
      });
    });
  }
}

function highWater(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string, atMs: number) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const atMs = monotonicMs();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line, atMs);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest, monotonicMs());
  });
}
