import type { Commit, FileId, PartialFile, StateReader, Store, TaskRow } from '../model/index.js';
import { DoneBitmap } from './done-bitmap.js';
import { FileNumbers } from './file-numbers.js';
import { LoadedDoneSet } from './loaded-done-set.js';
import { STAMPS_PER_CHUNK } from './stamp-chunks.js';
import { taskNotOpen, taskRunning } from './task-locks.js';
import { compareUtf8 } from './utf8-order.js';

/** What a `MemoryStore` keeps; outlives it, so that a test can open it again, and from several stores at once. */
export class MemoryTables {
  readonly numbers = new FileNumbers();
  readonly tasks: TaskRow[] = [];
  /** Task to file number to stamp. */
  readonly done = new Map<number, Map<number, bigint>>();
  readonly partial = new Map<number, Map<number, PartialFile>>();
  /** Namespace to key to value. */
  readonly state = new Map<string, Map<string, Uint8Array>>();
  readonly locked = new Set<number>();
}

/** A store that keeps everything in memory: for tests, and where nothing is to be kept. Behaves as the one in SQLite does. */
export class MemoryStore implements Store {
  readonly setAside = null;
  readonly #tables: MemoryTables;
  readonly #now: () => number;
  readonly #open = new Set<number>();

  constructor(tables = new MemoryTables(), now: () => number = Date.now) {
    this.#tables = tables;
    this.#now = now;
  }

  async openTask(name: string, path: string): Promise<TaskRow> {
    const { tasks, locked } = this.#tables;
    let index = tasks.findIndex((task) => task.name === name && task.path === path);
    if (index < 0) index = tasks.push({ id: tasks.length + 1, name, path, cycle: 1, startedMs: 0, finishedMs: 0 }) - 1;
    const task = { ...tasks[index], startedMs: this.#now() };
    if (locked.has(task.id)) throw taskRunning(name, path, process.pid);
    tasks[index] = task;
    locked.add(task.id);
    this.#open.add(task.id);
    return task;
  }

  async releaseTask(task: number): Promise<void> {
    if (this.#open.delete(task)) this.#tables.locked.delete(task);
  }

  tasks(): TaskRow[] {
    return [...this.#tables.tasks];
  }

  async fileNumbers(fsNames: readonly string[], fs: Uint16Array, ino: Float64Array, gen: Uint32Array): Promise<Uint32Array> {
    return Uint32Array.from(fs, (name, i) => this.#tables.numbers.of({ fs: fsNames[name], ino: ino[i], gen: gen[i] }));
  }

  fileId(no: number): FileId | undefined {
    return this.#tables.numbers.id(no);
  }

  async loadDone(task: number): Promise<LoadedDoneSet> {
    const stamps = tableOf(this.#tables.done, task);
    const bits = new DoneBitmap();
    for (const no of stamps.keys()) bits.set(no);
    const chunkOfStamps = (chunk: number) => BigUint64Array.from({ length: STAMPS_PER_CHUNK }, (_, i) => stamps.get(chunk * STAMPS_PER_CHUNK + i) ?? 0n);
    return new LoadedDoneSet(bits, chunkOfStamps, new Map(tableOf(this.#tables.partial, task)));
  }

  async commit({ task, namespace, done, partial, state }: Commit): Promise<void> {
    if (done.length + partial.length > 0) this.#check(task);
    const partials = tableOf(this.#tables.partial, task);
    for (const file of partial) {
      if (file.segments.length === 0) partials.delete(file.no);
      else partials.set(file.no, { ...file, segments: new Uint8Array(file.segments) });
    }
    for (const { no, stamp } of done) {
      tableOf(this.#tables.done, task).set(no, stamp);
      partials.delete(no);
    }
    for (const [key, value] of state) {
      if (value === null) tableOf(this.#tables.state, namespace).delete(key);
      else tableOf(this.#tables.state, namespace).set(key, new Uint8Array(value));
    }
  }

  async resetDone(task: number, nos: readonly number[] | 'all'): Promise<void> {
    this.#check(task);
    if (nos === 'all') return this.#forgetAll(task);
    for (const no of nos) {
      tableOf(this.#tables.done, task).delete(no);
      tableOf(this.#tables.partial, task).delete(no);
    }
  }

  async finishCycle(task: number): Promise<void> {
    this.#check(task);
    this.#forgetAll(task);
    const { tasks } = this.#tables;
    tasks[task - 1] = { ...tasks[task - 1], cycle: tasks[task - 1].cycle + 1, finishedMs: this.#now() };
  }

  stateReader(namespace: string): StateReader {
    const state = tableOf(this.#tables.state, namespace);
    return {
      get any() {
        return state.size > 0;
      },
      get: (key) => state.get(key),
      *entries(prefix) {
        const keys = [...state.keys()].filter((key) => key.startsWith(prefix)).sort(compareUtf8);
        for (const key of keys) {
          const value = state.get(key);
          if (value !== undefined) yield [key, value];
        }
      },
    };
  }

  async close(): Promise<void> {
    for (const task of this.#open) await this.releaseTask(task);
  }

  #check(task: number): void {
    if (!this.#open.has(task)) throw taskNotOpen(task);
  }

  #forgetAll(task: number): void {
    this.#tables.done.delete(task);
    this.#tables.partial.delete(task);
  }
}

/** The inner map under `key`, made if it is not there. */
function tableOf<Key, Column, Value>(outer: Map<Key, Map<Column, Value>>, key: Key): Map<Column, Value> {
  let inner = outer.get(key);
  if (inner === undefined) outer.set(key, (inner = new Map()));
  return inner;
}
