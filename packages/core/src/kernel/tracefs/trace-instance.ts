import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmdir, rmdirSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from '../../model/errors.js';
import { traceFileError, writeTraceFile } from './trace-file.js';
import { ensureTracefs, findTracefs } from './tracefs-mount.js';

const NAME = /^duet-(\d+)-(\d+)-\d+$/;

/** How often removing is tried, a millisecond apart: as long as the kernel may be at work on a setting. */
const REMOVE_TRIES = 100;
const pause = new Int32Array(new SharedArrayBuffer(4));

let made = 0;

/**
 * A ring buffer of our own in the kernel, with its own events and filters:
 * `instances/duet-<pid>-<start time>-<n>`.
 */
export class TraceInstance {
  readonly path: string;
  /** Resolves when all is set. */
  readonly ready: Promise<void>;
  /** Files of settings that the kernel is about to take. */
  readonly #setting = new Set<number>();
  #disabled = false;
  #removed = false;

  /**
   * Makes it with `bufferKb` KiB for each CPU, and all events off.
   *
   * The buffer overwrites its oldest records when full: then the page header
   * tells how many are missing and where, and all that follows is whole. The
   * other way round, the loss would have no place in the order of time.
   *
   * `isAhead` lets the caller go on meanwhile: the kernel waits for some 50 ms
   * until nobody uses what was there before. `ready` rejects then with what
   * failed.
   *
   * @throws {DuetError} `DUET_ERR_TRACEFS`
   */
  constructor(bufferKb: number, isAhead = false) {
    const tracefs = ensureTracefs();
    made += 1;
    this.path = `${tracefs}/instances/duet-${process.pid}-${startTimeOf(process.pid)}-${made}`;
    try {
      mkdirSync(this.path);
    } catch (error) {
      throw traceFileError('make a trace instance', this.path, error);
    }
    // The same clock as process.hrtime: events can be compared with moments at which state was read.
    const slow = { trace_clock: 'mono', buffer_size_kb: String(bufferKb) };
    try {
      if (!isAhead) for (const [name, value] of Object.entries(slow)) writeTraceFile(`${this.path}/${name}`, value);
      this.ready = isAhead ? this.#setLater(slow).then(() => this.#begin()) : Promise.resolve(this.#begin());
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #begin(): void {
    writeTraceFile(`${this.path}/options/overwrite`, '1');
    // Who waits for records is woken by the first one.
    if (existsSync(`${this.path}/buffer_percent`)) writeTraceFile(`${this.path}/buffer_percent`, '0');
    writeTraceFile(`${this.path}/tracing_on`, '1');
  }

  /** One call each that takes its time, so that none has to wait for a turn of the event loop. All files are open before: the kernel keeps later ones waiting. */
  async #setLater(settings: Readonly<Record<string, string>>): Promise<void> {
    const files = Object.entries(settings).map(([name, value]) => {
      const fd = openSync(`${this.path}/${name}`, 'r+');
      this.#setting.add(fd);
      return { name, value, fd };
    });
    const set = files.map(async ({ name, value, fd }) => {
      try {
        await promisify(write)(fd, value);
      } catch (error) {
        throw traceFileError(`set ${name}`, `${this.path}/${name}`, error);
      } finally {
        this.#close(fd);
      }
    });
    for (const one of await Promise.allSettled(set)) if (one.status === 'rejected') throw one.reason;
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

  /** Begins to remove it, for `remove` to find it gone: the kernel takes some 50 ms, waiting until nobody uses it. Its pipes must be closed. */
  removeLater(tries = REMOVE_TRIES): void {
    if (this.#removed) return;
    this.#disable();
    rmdir(this.path, (error) => {
      // What fails otherwise, `remove` tells.
      if (errnoOf(error) === 'EBUSY' && tries > 1) setTimeout(() => this.removeLater(tries - 1), 1).unref();
    });
  }

  /** Removes it with all its events. Its pipes must be closed. Safe to call twice. @throws {DuetError} `DUET_ERR_TRACEFS` */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    this.#disable();
    for (const fd of this.#setting) this.#close(fd);
    for (let tries = 1; ; tries += 1) {
      try {
        rmdirSync(this.path);
        return;
      } catch (error) {
        const errno = errnoOf(error);
        // ENODEV: the kernel has let go of it for `removeLater`, and is about to take away its name.
        if (errno === 'ENOENT' || (errno === 'ENODEV' && tries === REMOVE_TRIES)) return;
        // EBUSY: a thread that waited for records is just letting go of its pipes.
        if ((errno !== 'EBUSY' && errno !== 'ENODEV') || tries === REMOVE_TRIES) throw traceFileError('remove the trace instance', this.path, error);
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  }

  /** The same, where nobody is left to be told. */
  removeQuietly(): void {
    try {
      this.remove();
    } catch {
      // Somebody reads its files: the next start removes it.
    }
  }

  #close(fd: number): void {
    if (this.#setting.delete(fd)) closeSync(fd);
  }

  /** All events at once: one by one, as removing does it, takes twice as long. */
  #disable(): void {
    if (this.#disabled) return;
    this.#disabled = true;
    try {
      writeTraceFile(`${this.path}/events/enable`, '0');
    } catch {
      // Removing does it too.
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
