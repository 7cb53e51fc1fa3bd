import { joinBytes } from '../join-bytes.js';

/** What tells a list: a SHA-256 of its folder as `FolderLook` sees it, of the lists in it, and of its files' content. */
export type ListKey = Buffer;

const KEY_BYTES = 32;
const ID_BYTES = 32;
/** Key, id of the list, its files, and the bytes of their content. */
export const LIST_BYTES = KEY_BYTES + ID_BYTES + 4 + 8;
/** Lists that are remembered. */
const MOST = 1 << 16;

/** The list of a folder, without what is in its subfolders. */
export interface KnownList {
  readonly id: Buffer;
  /** Regular files in it, and bytes of their content. */
  readonly files: number;
  readonly bytes: number;
}

/** Lists of an earlier walk, to be found by what they are lists of, and those that this one keeps for the next. */
export class KnownLists {
  readonly #records: Buffer;
  readonly #kept: Buffer[] = [];

  /** `records` are those of `kept`, in the order of their keys. */
  constructor(records: Uint8Array) {
    this.#records = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
  }

  find(key: ListKey): KnownList | undefined {
    const at = this.#find(key);
    if (at === undefined) return undefined;
    const record = this.#records.subarray(at, at + LIST_BYTES);
    return { id: record.subarray(KEY_BYTES, KEY_BYTES + ID_BYTES), files: record.readUInt32LE(KEY_BYTES + ID_BYTES), bytes: record.readDoubleLE(KEY_BYTES + ID_BYTES + 4) };
  }

  keep(key: ListKey, { id, files, bytes }: KnownList): void {
    if (this.#kept.length === MOST) return;
    const record = Buffer.allocUnsafe(LIST_BYTES);
    record.set(key);
    record.set(id, KEY_BYTES);
    record.writeUInt32LE(files, KEY_BYTES + ID_BYTES);
    record.writeDoubleLE(bytes, KEY_BYTES + ID_BYTES + 4);
    this.#kept.push(record);
  }

  /** Records of what was kept, in the order of their keys; in memory of its own. */
  kept(): Uint8Array<ArrayBuffer> {
    return joinBytes(this.#kept.toSorted((a, b) => a.compare(b)));
  }

  #find(key: ListKey): number | undefined {
    let [low, high] = [0, this.#records.length / LIST_BYTES];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#records.compare(key, 0, KEY_BYTES, middle * LIST_BYTES, middle * LIST_BYTES + KEY_BYTES);
      if (order === 0) return middle * LIST_BYTES;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }
}
