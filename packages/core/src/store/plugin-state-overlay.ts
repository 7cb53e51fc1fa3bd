import { DuetError } from '../model/index.js';
import type { PluginState, StateReader } from '../model/index.js';
import { compareUtf8 } from './utf8-order.js';

/**
 * A plugin's state: what the database holds, and over it what was set and
 * deleted since.
 *
 * A checkpoint goes `take()`, commit, then `committed()` or `failed()`. What
 * was taken stays readable meanwhile, and goes back if the commit failed,
 * except where it was overwritten since.
 */
export class PluginStateOverlay implements PluginState {
  readonly #reader: StateReader;
  #pending = new Map<string, Uint8Array | null>();
  #taken: Map<string, Uint8Array | null> | undefined;

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  /** Number of changes that wait for a checkpoint. */
  get pending(): number {
    return this.#pending.size;
  }

  get(key: string): Uint8Array | undefined {
    let value = this.#pending.get(key);
    if (value === undefined) value = this.#taken?.get(key);
    if (value !== undefined) return value ?? undefined;
    return this.#reader.any ? this.#reader.get(key) : undefined;
  }

  /** @throws {DuetError} `DUET_ERR_USAGE` for a key that has no UTF-8 form. */
  set(key: string, value: Uint8Array): void {
    if (!key.isWellFormed()) {
      throw new DuetError('DUET_ERR_USAGE', { operation: 'set plugin state', message: `the key ${JSON.stringify(key)} is not valid Unicode`, hint: 'Keep bytes that are not text one character a byte (latin1).' });
    }
    // Small buffers share slabs: a copy costs little.
    this.#pending.set(key, Buffer.from(value));
  }

  delete(key: string): void {
    this.#pending.set(key, null);
  }

  /** Changes made during the iteration may show in it or not. */
  *entries(prefix: string): IterableIterator<[string, Uint8Array]> {
    const changes = [...(this.#taken ?? []), ...this.#pending].filter(([key]) => key.startsWith(prefix));
    const changed = new Map(changes);
    const keys = [...changed.keys()].sort(compareUtf8);
    let next = 0;
    for (const entry of this.#reader.entries(prefix)) {
      for (; next < keys.length && compareUtf8(keys[next], entry[0]) < 0; next++) yield* present(keys[next], changed);
      if (!changed.has(entry[0])) yield entry;
    }
    for (; next < keys.length; next++) yield* present(keys[next], changed);
  }

  /** The changes for the next commit. Ends with `committed` or `failed`, before it is called again. */
  take(): ReadonlyMap<string, Uint8Array | null> {
    if (this.#taken !== undefined) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'take plugin state', message: 'the last checkpoint has not ended' });
    this.#taken = this.#pending;
    this.#pending = new Map();
    return this.#taken;
  }

  /** What was taken is in the database. */
  committed(): void {
    this.#taken = undefined;
  }

  /** What was taken is not in the database: the next `take` has it again. */
  failed(): void {
    this.#pending = new Map([...(this.#taken ?? []), ...this.#pending]);
    this.#taken = undefined;
  }
}

function* present(key: string, changed: ReadonlyMap<string, Uint8Array | null>): IterableIterator<[string, Uint8Array]> {
  const value = changed.get(key);
  if (value) yield [key, value];
}
