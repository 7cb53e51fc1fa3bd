import 'reflect-metadata';
import { container as rootContainer, instanceCachingFactory } from 'tsyringe';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { setImmediate as nextTurn } from 'node:timers/promises';
// Single operators all over the package: the whole of rxjs takes three times as long to load, in every command.
import { from } from 'rxjs/internal/observable/from';
import { DuetError, fsIdentity, nothingReleased, silentLogger } from './model/index.js';
import type { BytePath, NameSource, Scanner, ScanOptions, Source, Store } from './model/index.js';
import { CacheMemory, diskStatFiles, FanotifyNames, findInodes, foldersTo, IdleScanner, IoPressure, MountWatch, Notices, readDeviceBytes, QuietNames, ReadTurns, Root, ThreadScanner, WakeUp, monotonicNs, openSource } from './kernel/index.js';
import { MAX_TASKS, SessionHub } from './session/index.js';
import type { HubSession, NumberedBatch, Session, SessionOptions, Survey } from './session/index.js';
import { MemoryStore, StatusSocket, openStore } from './store/index.js';
import { PluginRegistry } from './plugin/index.js';
import type { Token } from './plugin/index.js';
import { DiskFileReader } from './worker/disk-file-reader.js';
import { ColdGate, PageCacheUse, RunEngine } from './worker/index.js';
import type { Release, RunCache, RunOptions, TaskContainer } from './worker/index.js';
import { ByteBucket, PressurePace } from './planner/index.js';
import type { Duet, DuetOptions, DuetStatus, Run } from './compose-types.js';

/** What `openDuet` puts together; tests register others first. */
export const SOURCE: InjectionToken<Source> = Symbol('Source');
export const NAMES: InjectionToken<NameSource> = Symbol('Names');
export const STORE: InjectionToken<Store> = Symbol('Store');
export const SCANNERS: InjectionToken<(path: BytePath) => Scanner> = Symbol('Scanners');

/** Default for `ioPressurePercent`. */
const IO_PRESSURE_PERCENT = 20;

/** Parts to use instead of the real ones. */
export interface Parts {
  readonly source?: Source;
  /** Default with a source of one's own: none. */
  readonly names?: NameSource;
  readonly store?: Store;
  readonly scanners?: (path: BytePath) => Scanner;
  /** How much of the page cache a run may use; default: no bound. */
  readonly cache?: (run: RunOptions) => RunCache;
}

/**
 * Opens the framework: chooses the source, opens the state database, registers
 * the plugins. `close` it at the end, whatever happens.
 *
 * @throws {DuetError} `DUET_ERR_SOURCE_UNAVAILABLE`, `DUET_ERR_STATE_OPEN`, `DUET_ERR_STATE_NEWER`,
 *   `DUET_ERR_PLUGIN_DUPLICATE`, `DUET_ERR_PLUGIN_VERSION`, `DUET_ERR_USAGE`
 */
export async function openDuet(options: DuetOptions, parts: Parts = {}): Promise<Duet> {
  const { maxTasks = MAX_TASKS } = options;
  if (!Number.isInteger(maxTasks) || maxTasks < 1 || maxTasks > MAX_TASKS) {
    throw new DuetError('DUET_ERR_USAGE', { operation: 'open Duet', message: `'maxTasks' is a number from 1 to ${MAX_TASKS}, not ${maxTasks}` });
  }
  const plugins = new PluginRegistry();
  for (const plugin of options.plugins ?? []) plugins.register(plugin);
  const container = rootContainer.createChildContainer();
  // The database opens in its thread while the source is set up here.
  const opening = parts.store ?? (options.stateDir === null ? new MemoryStore() : openStore({ folder: options.stateDir }));
  // It may fail while the source is waited for.
  Promise.resolve(opening).catch(() => undefined);
  let source: Source | undefined;
  try {
    source = parts.source ?? (await openSource(options.source ?? 'auto'));
    container.registerInstance(SOURCE, source);
    container.registerInstance(NAMES, parts.names ?? (parts.source === undefined ? new FanotifyNames() : new QuietNames()));
    container.registerInstance(STORE, await opening);
    container.registerInstance(SCANNERS, parts.scanners ?? ((path: BytePath) => new IdleScanner(() => new ThreadScanner(path))));
    return new ComposedDuet(options, container, plugins, parts.cache);
  } catch (error) {
    source?.stop();
    await Promise.resolve(opening).then(
      (store) => store.close(),
      () => undefined,
    );
    throw error;
  }
}

class ComposedDuet implements Duet {
  readonly #options: DuetOptions;
  readonly #container: DependencyContainer;
  readonly #plugins: PluginRegistry;
  readonly #source: Source;
  readonly #names: NameSource;
  readonly #mounts = new MountWatch();
  readonly #notices = new Notices(() => this.#names.descriptors);
  readonly #store: Store;
  readonly #wakeUp: WakeUp | undefined;
  readonly #hub: SessionHub;
  readonly #statusSocket: StatusSocket | undefined;
  readonly #cache: Parts['cache'];
  readonly #runs = new Set<Run>();
  /** Those of this Duet's user, not those of runs; some may be closed. */
  #registered: readonly HubSession[] = [];
  /** Scanners of runs that have not got to scanning yet. */
  readonly #prepared = new Map<BytePath, Scanner>();

  constructor(options: DuetOptions, container: DependencyContainer, plugins: PluginRegistry, cache: Parts['cache']) {
    this.#options = options;
    this.#cache = cache;
    this.#container = container;
    this.#plugins = plugins;
    this.#source = container.resolve(SOURCE);
    this.#names = container.resolve(NAMES);
    this.#store = container.resolve(STORE);
    if (this.#source.descriptors !== undefined) this.#wakeUp = new WakeUp(() => [...(this.#source.descriptors ?? []), ...(this.#names.descriptors ?? [])]);
    this.#hub = new SessionHub({
      source: this.#source,
      names: this.#names,
      survey: (path) => surveyOf(this.#takeScanner(path), this.#store),
      mounts: this.#mounts,
      changed: () => this.#notices.look(),
      foldersTo,
      monotonicNs,
      epochMs: Date.now,
      findInodes,
      logger: this.#options.logger ?? silentLogger,
      ...(this.#wakeUp === undefined ? {} : { wakeUp: this.#wakeUp }),
      ...(options.maxTasks === undefined ? {} : { maxTasks: options.maxTasks }),
    });
    if (options.stateDir === null) return;
    this.#statusSocket = new StatusSocket(options.stateDir, () => this.status(), (error) => options.logger?.debug(`other processes cannot see the status: ${error.message}`));
  }

  get source(): Source['kind'] {
    return this.#source.kind;
  }

  get stateSetAside(): string | null {
    return 'setAside' in this.#store && typeof this.#store.setAside === 'string' ? this.#store.setAside : null;
  }

  register(options: SessionOptions): Session {
    const session = this.#hub.register(options);
    this.#registered = [...this.#registered.filter(({ isOpen }) => isOpen), session];
    return session;
  }

  run(options: RunOptions): Run {
    const plugins = options.tasks.map((task) => this.#plugins.get(task.plugin));
    const engine = new RunEngine({
      run: options,
      plugins,
      hub: this.#hub,
      source: this.#source.kind,
      store: this.#store,
      reader: new DiskFileReader(Root.open(options.path)),
      container: () => taskContainer(this.#container.createChildContainer()),
      logger: this.#options.logger ?? silentLogger,
      deviceBytes: () => readDeviceBytes(options.path),
      ...(options.isLast === true ? { worked: () => this.#retire() } : {}),
      ...this.#manners(options),
      now: Date.now,
      monotonicMs: () => monotonicNs() / 1e6,
    });
    // Its thread starts while the tasks are opened.
    if (!this.#prepared.has(options.path)) this.#prepared.set(options.path, this.#container.resolve(SCANNERS)(options.path));
    // Later, so that the caller can subscribe first.
    const done = Promise.resolve()
      .then(() => engine.run())
      .finally(() => void this.#takePrepared(options.path)?.close());
    const run: Run = {
      events$: engine.events$.asObservable(),
      done,
      join: async (task) => engine.join(task, this.#plugins.get(task.plugin)),
      stop: (exitCode) => engine.stop(exitCode),
    };
    this.#runs.add(run);
    done.then(
      () => this.#runs.delete(run),
      () => this.#runs.delete(run),
    );
    return run;
  }

  /** How a run keeps out of the way of others; one for comparison, by path, does not. */
  #manners(options: RunOptions): { cache?: RunCache; gate?: ColdGate } {
    if (this.#cache !== undefined) return { cache: this.#cache(options) };
    if (options.order === 'path' || this.#source.kind === 'replay') return {};
    // Only events tell whose pages these are: what is swept may have been brought in by others since.
    const followed = {
      residentRuns: (slot: number, first: number, pages: number) => this.#hub.table.residentRuns(slot, first, pages),
      ...(options.keepCache === true ? {} : { release: (releases: readonly Release[]) => this.#hub.release(options.path, releases) }),
    };
    return { cache: new PageCacheUse({ bounds: new CacheMemory(), ...(this.#source.kind === 'tracefs' ? { followed } : {}) }), ...gateOf(options) };
  }

  /** A run that is the last has done its work: nobody wants to hear of pages and names any more, unless it is not alone after all. */
  #retire(): void {
    if (this.#runs.size > 1 || this.#registered.some(({ isOpen }) => isOpen)) return;
    // It holds the source's files open.
    this.#wakeUp?.close();
    this.#source.retire?.();
    this.#names.stop();
  }

  #takeScanner(path: BytePath): Scanner {
    return this.#takePrepared(path) ?? this.#container.resolve(SCANNERS)(path);
  }

  #takePrepared(path: BytePath): Scanner | undefined {
    const scanner = this.#prepared.get(path);
    this.#prepared.delete(path);
    return scanner;
  }

  status(): DuetStatus {
    return {
      source: this.#source.kind,
      maxTasks: this.#options.maxTasks ?? MAX_TASKS,
      events: this.#source.counters(),
      sessions: this.#hub.sessions.map((session) => ({ id: session.id, name: session.name, path: session.path, mask: session.mask, counters: session.counters() })),
    };
  }

  async close(): Promise<void> {
    for (const run of this.#runs) {
      run.stop(143);
      await run.done.catch(() => undefined);
    }
    for (const session of this.#hub.sessions.slice()) session.close();
    // The database is made durable in its thread while the kernel takes its time with what is given back here.
    const stored = this.#store.close();
    stored.catch(() => undefined);
    this.#wakeUp?.close();
    this.#source.stop();
    this.#names.stop();
    this.#mounts.close();
    this.#notices.close();
    await this.#statusSocket?.close();
    await stored;
  }
}

function gateOf({ path, ioPressurePercent = IO_PRESSURE_PERCENT, bandwidthBytesPerSecond = 0 }: RunOptions): { gate?: ColdGate } {
  const nowMs = monotonicNs() / 1e6;
  const pressure = ioPressurePercent === 0 ? undefined : IoPressure.open({ disks: diskStatFiles(path) });
  if (pressure === undefined && bandwidthBytesPerSecond === 0) return {};
  return {
    gate: new ColdGate({
      turns: ReadTurns.ofProcess(),
      ...(pressure === undefined ? {} : { pressure, pace: new PressurePace(ioPressurePercent / 100, nowMs) }),
      ...(bandwidthBytesPerSecond === 0 ? {} : { bucket: new ByteBucket(bandwidthBytesPerSecond, nowMs) }),
    }),
  };
}

/** A scanner as sessions want it: observables, with the files' numbers. */
function surveyOf(scanner: Scanner, store: Store): Survey {
  return {
    scan: (options) => from(numbered(scanner, store, options)),
    probe: (targets) => from(scanner.probe(targets)),
    release: async (targets) => (await scanner.release?.(targets)) ?? nothingReleased(targets.length),
    close: () => void scanner.close(),
  };
}

/** The batches of a scan, in order, with the files' numbers: the store numbers some while the scanner finds others. */
async function* numbered(scanner: Scanner, store: Store, options: ScanOptions): AsyncGenerator<NumberedBatch, void, undefined> {
  const fsNames: string[] = [];
  const pending: Promise<NumberedBatch>[] = [];
  const number = async (batch: NumberedBatch['batch']): Promise<NumberedBatch> => ({
    batch,
    numbers: batch.count === 0 ? new Uint32Array() : await store.fileNumbers(fsNames.slice(), batch.fs, batch.ino, batch.gen),
  });
  for await (const batch of scanner.scan(options)) {
    for (const fs of batch.newFs) fsNames.push(fsIdentity(fs));
    const next = number(batch);
    // Its turn to be awaited comes later: until then a failure is nobody's.
    next.catch(() => undefined);
    pending.push(next);
    if (pending.length > (scanner.batchesAhead ?? 0)) yield pending.shift()!;
    // Batches that are all there already would otherwise come without a break for anything else.
    await nextTurn();
  }
  for (const next of pending) {
    yield next;
    await nextTurn();
  }
}

/** A task's own container, as plugins see it. */
function taskContainer(container: DependencyContainer): TaskContainer {
  const injection = <T>(token: Token<T>): InjectionToken<T> => {
    let symbol = tokens.get(token);
    if (symbol === undefined) tokens.set(token, (symbol = Symbol(token.description)));
    return symbol;
  };
  return {
    resolve: (token) => {
      if (!container.isRegistered(injection(token), true)) {
        throw new DuetError('DUET_ERR_INTERNAL', { operation: 'resolve a dependency', message: `nothing was provided for '${token.description}'` });
      }
      return container.resolve(injection(token));
    },
    provide: (token, make) => {
      if (!container.isRegistered(injection(token), true)) container.register(injection(token), { useFactory: instanceCachingFactory(make) });
    },
    dispose: async () => {
      await container.dispose();
    },
  };
}

const tokens = new WeakMap<Token<unknown>, symbol>();
