import type { PluginState } from '@duet/core';
import { joinBytes } from '../join-bytes.js';
import { LIST_BYTES } from '../tree/known-lists.js';

/** Lists whose keys begin with the same bits stand under one key of the state: of many folders some kilobytes each. */
const PAGE_DIGITS = 3;

/**
 * Records of `KnownLists` in a plugin's state: `l/<scope>/<page>`, a page by the
 * first digits of the records' keys.
 */
export class ListPages {
  readonly #state: PluginState;
  readonly #prefix: string;

  /** `scope` is one task on one repository. */
  constructor(state: PluginState, scope: string) {
    this.#state = state;
    this.#prefix = `l/${scope}/`;
  }

  /** All records, in the order of their keys; in memory of its own. */
  load(): Uint8Array<ArrayBuffer> {
    return joinBytes([...this.#state.entries(this.#prefix)].map(([, page]) => page));
  }

  /** Puts these in the place of what was there, in the order of their keys. */
  save(records: Uint8Array): void {
    const old = new Map(this.#state.entries(this.#prefix));
    const all = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    for (let at = 0; at < all.length; ) {
      const key = this.#prefix + pageOf(all, at);
      let end = at;
      while (end < all.length && this.#prefix + pageOf(all, end) === key) end += LIST_BYTES;
      const page = all.subarray(at, end);
      const before = old.get(key);
      if (before === undefined || !page.equals(before)) this.#state.set(key, page);
      old.delete(key);
      at = end;
    }
    for (const key of old.keys()) this.#state.delete(key);
  }
}

function pageOf(records: Buffer, at: number): string {
  return records.toString('hex', at, at + Math.ceil(PAGE_DIGITS / 2)).slice(0, PAGE_DIGITS);
}
