import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { errnoOf } from '../../model/errors.js';
import { traceFileError, writeTraceFile } from './trace-file.js';
import { ensureTracefs, findTracefs } from './tracefs-mount.js';

const NAME = /^duet-(\d+)-(\d+)-\d+$/;

/** How often removing is tried, a millisecond apart. */
const REMOVE_TRIES = 20;
const pause = new Int32Array(new SharedArrayBuffer(4));

let made = 0;

/**
 * A ring buffer of our own in the kernel, with its own events and filters:
 * `instances/duet-<pid>-<start time>-<n>`.
 */
export class TraceInstance {
  readonly path: string;
  #removed = false;

  /**
   * Makes it with `bufferKb` KiB for each CPU, and all events off.
   *
   * The buffer overwrites its oldest records when full: then the page header
   * tells how many are missing and where, and all that follows is whole. The
   * other way round, the loss would have no place in the order of time.
   *
   * @throws {DuetError} `DUET_ERR_TRACEFS`
   */
  constructor(bufferKb: number) {
    const tracefs = ensureTracefs();
    made += 1;
    this.path = `${tracefs}/instances/duet-${process.pid}-${startTimeOf(process.pid)}-${made}`;
    try {
      mkdirSync(this.path);
    } catch (error) {
      throw traceFileError('make a trace instance', this.path, error);
    }
    try {
      // The same clock as process.hrtime: events can be compared with moments at which state was read.
      writeTraceFile(`${this.path}/trace_clock`, 'mono');
      writeTraceFile(`${this.path}/options/overwrite`, '1');
      writeTraceFile(`${this.path}/buffer_size_kb`, String(bufferKb));
      // Who waits for records is woken by the first one.
      if (existsSync(`${this.path}/buffer_percent`)) writeTraceFile(`${this.path}/buffer_percent`, '0');
      writeTraceFile(`${this.path}/tracing_on`, '1');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Lets through what `filter` says, and switches the event on. @throws {DuetError} `DUET_ERR_TRACEFS` */
  enable(event: string, filter: string): void {
    writeTraceFile(`${this.path}/events/${event}/filter`, filter);
    writeTraceFile(`${this.path}/events/${event}/enable`, '1');
  }

  /** CPUs that have a buffer, offline ones included. */
  cpus(): number[] {
    const names = readdirSync(`${this.path}/per_cpu`);
    return names.map((name) => Number(name.slice('cpu'.length))).sort((a, b) => a - b);
  }

  /** Removes it with all its events. Its pipes must be closed. Safe to call twice. @throws {DuetError} `DUET_ERR_TRACEFS` */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    for (let tries = 1; ; tries += 1) {
      try {
        rmdirSync(this.path);
        return;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === 'ENOENT') return;
        // A thread that waited for records is just letting go of its pipes.
        if (errno !== 'EBUSY' || tries === REMOVE_TRIES) throw traceFileError('remove the trace instance', this.path, error);
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  }
}

/** Removes instances whose process is dead; gives their names. Those of living processes, and of other programs, stay. */
export function removeStaleInstances(): string[] {
  const tracefs = findTracefs();
  if (tracefs === undefined) return [];
  return readInstances(tracefs).filter((name) => {
    const [, pid, startTime] = NAME.exec(name) ?? [];
    if (pid === undefined || startTimeOf(Number(pid)) === startTime) return false;
    try {
      // Fails with EBUSY where its pipes are open: by a process in another PID namespace, say.
      rmdirSync(`${tracefs}/instances/${name}`);
      return true;
    } catch {
      return false;
    }
  });
}

function readInstances(tracefs: string): string[] {
  try {
    return readdirSync(`${tracefs}/instances`);
  } catch {
    return [];
  }
}

/** When a process started, in clock ticks since boot: with the process id it names a process. Undefined if there is none. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the command in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds no pipes any more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
