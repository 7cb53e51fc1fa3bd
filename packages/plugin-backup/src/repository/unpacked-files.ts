import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { frameContentBytes } from '../compress/frame-size.js';
import { compress, decompress, decompressUnsized } from '../compress/zstd.js';
import type { Cipher } from './cipher.js';
import type { FileKind, Storage } from './storage.js';
import { damaged } from './storage-error.js';

/** Files that are no packs. */
type UnpackedKind = Exclude<FileKind, 'pack' | 'config' | 'key'>;

/** Before a compressed text; a plain one begins with a brace or bracket. */
const COMPRESSED = 2;
const LEVEL = 3;
const MOST_CONTENT_BYTES = 256 * 1024 ** 2;
/** Longest that files are read one after the other before others have a turn, in milliseconds. */
const TURN_MS = 50;

/** Snapshots, indexes and locks: JSON, compressed since version 2 of the format, sealed, and named by the SHA-256 of all that. */
export class UnpackedFiles {
  /** When others had a turn last. */
  #turnMs = performance.now();

  constructor(
    readonly storage: Storage,
    readonly cipher: Cipher,
    readonly version: number,
  ) {}

  list(kind: UnpackedKind): Promise<string[]> {
    return this.storage.list(kind);
  }

  /** What the file holds. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
  async load(kind: UnpackedKind, name: string): Promise<unknown> {
    await this.#turn();
    const sealed = await this.storage.read(kind, name);
    const wrong = (what: string, cause?: unknown): Error => damaged(`read the ${kind}`, `${this.storage.location}: ${kind} ${name}`, `the ${kind} ${name.slice(0, 8)} is damaged: ${what}`, cause);
    if (createHash('sha256').update(sealed).digest('hex') !== name) throw wrong('its content does not hash to its name');
    const text = this.cipher.open(sealed);
    if (!text) throw wrong('it was not sealed with the key of this repository');
    try {
      return JSON.parse(content(text).toString());
    } catch (error) {
      throw wrong('it is no JSON', error);
    }
  }

  /** Writes a file, durable when it resolves. Resolves to its name. */
  async save(kind: UnpackedKind, value: object): Promise<string> {
    const text = Buffer.from(JSON.stringify(value));
    const sealed = this.cipher.seal(this.version < 2 ? text : Buffer.concat([Uint8Array.of(COMPRESSED), compress(text, LEVEL)]));
    const name = createHash('sha256').update(sealed).digest('hex');
    await this.storage.write(kind, name, sealed);
    return name;
  }

  remove(kind: UnpackedKind, name: string): Promise<void> {
    return this.storage.remove(kind, name);
  }

  /** Storage that is near has everything at once. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#turnMs < TURN_MS) return;
    await nextTurn();
    this.#turnMs = performance.now();
  }
}

function content(text: Buffer): Buffer {
  if (text[0] !== COMPRESSED) return text;
  const frame = text.subarray(1);
  const size = frameContentBytes(frame);
  if (size === undefined) return decompressUnsized(frame, MOST_CONTENT_BYTES);
  if (size > MOST_CONTENT_BYTES) throw new Error(`${size} bytes are more than such a file ever has`);
  return decompress(frame, size);
}
