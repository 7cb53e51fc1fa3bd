import { existsSync, lstatSync } from 'node:fs';
import { DuetError, fromText, silentLogger } from '@duet/core';
import type { BytePath, CommandContext, Logger, PluginContext, PluginState, Problem, Unit } from '@duet/core';
import { scrubOptions } from '../src/options.js';
import type { ScrubOptions } from '../src/options.js';

/** Plugin state in memory. */
export class MemoryState implements PluginState {
  readonly map = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.map.get(key);
  }

  set(key: string, value: Uint8Array): void {
    this.map.set(key, value);
  }

  delete(key: string): void {
    this.map.delete(key);
  }

  *entries(prefix: string): IterableIterator<[string, Uint8Array]> {
    for (const key of [...this.map.keys()].filter((one) => one.startsWith(prefix)).sort()) yield [key, this.map.get(key)!];
  }
}

/** A logger that keeps what it was told, from warnings on. */
export class KeptLog implements Logger {
  readonly messages: string[] = [];
  readonly debug = silentLogger.debug;
  readonly info = silentLogger.info;
  readonly warn = (message: string): void => void this.messages.push(message);
  readonly error = (message: string): void => void this.messages.push(message);
}

/** What a run of scrub said, and the context that it says it to. */
export class FakeRun {
  readonly problems: Problem[] = [];
  readonly enough: string[] = [];
  readonly log = new KeptLog();
  readonly abort = new AbortController();
  nowMs = Date.now();
  readonly ctx: PluginContext<ScrubOptions>;

  constructor(root: string, state: PluginState, options: Record<string, unknown> = {}) {
    this.ctx = {
      config: scrubOptions.parse({ threads: 1, ...options }),
      path: fromText(root),
      exclude: [],
      signal: this.abort.signal,
      log: this.log,
      state,
      now: () => this.nowMs,
      read: () => assertNever('read'),
      problem: (problem) => void this.problems.push(problem),
      enough: (reason) => void this.enough.push(reason),
      alive: () => assertNever('alive'),
      declare: () => assertNever('declare'),
      resolve: () => assertNever('resolve'),
      provide: () => assertNever('provide'),
    };
  }
}

/** The unit for a range of a real file, as the core would make it; the file's number is `no`. */
export function unitOf(root: string, name: string, no: number, range: Partial<Unit> = {}): Unit {
  const stat = lstatSync(name === '' ? root : `${root}/${name}`, { bigint: true });
  return {
    file: {
      id: { fs: 'test', ino: Number(stat.ino), gen: 1 },
      dev: 0,
      no,
      path: fromText(name),
      size: Number(stat.size),
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
    },
    offset: 0,
    bytes: Number(stat.size),
    whole: range.offset === undefined,
    // As scrub says itself of files that are cut.
    ...(range.offset !== undefined && Number(stat.size) <= 64 * 1024 * 1024 ? { continued: true } : {}),
    cachedBytes: 0,
    cacheIsFromDisk: true,
    reason: 'cold',
    ...range,
  };
}

/** What a command printed, and the context that it prints to. */
export class FakeCommand {
  readonly lines: string[] = [];
  readonly objects: Record<string, unknown>[] = [];
  readonly bytes: Buffer[] = [];
  readonly log = new KeptLog();
  readonly ctx: CommandContext;

  /** `numbers`: file numbers by absolute path. */
  constructor(state: PluginState, args: CommandContext['args'], options: CommandContext['options'] = {}, numbers: ReadonlyMap<string, number> = new Map()) {
    this.ctx = {
      args,
      options,
      state,
      log: this.log,
      signal: new AbortController().signal,
      json: false,
      now: () => Date.now(),
      fileNumber: async (path: BytePath) => {
        const shown = Buffer.from(path, 'latin1').toString();
        if (!existsSync(shown)) throw new DuetError('DUET_ERR_PATH_MISSING', { operation: 'number the file', message: `${shown} does not exist` });
        const { file } = unitOf(shown, '', numbers.get(shown) ?? 0);
        return { file, no: file.no };
      },
      print: (text, object) => {
        this.lines.push(...text.split('\n'));
        this.objects.push(object);
      },
      write: (bytes) => void this.bytes.push(Buffer.from(bytes)),
    };
  }
}

function assertNever(what: string): never {
  throw new Error(`scrub does not use ctx.${what}`);
}
