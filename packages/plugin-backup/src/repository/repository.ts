import { createHash, randomBytes } from 'node:crypto';
import { DuetError, errnoOf } from '@duet/core';
import { decompress, zstdReady } from '../compress/zstd.js';
import type { BlobType, PackEntry } from './blob.js';
import { BlobIndex } from './blob-index.js';
import { Cipher, KEY_BYTES } from './cipher.js';
import { decodeConfig, encodeConfig, FORMAT_VERSION } from './config.js';
import type { RepositoryConfig } from './config.js';
import { ID_BYTES, idName } from './id.js';
import { indexOf } from './index-file.js';
import { encodeKeyFile, openKeyFile } from './key-file.js';
import { loadIndex } from './load-index.js';
import { randomPolynomial } from './polynomial.js';
import type { Storage } from './storage.js';
import { damaged } from './storage-error.js';
import { UnpackedFiles } from './unpacked-files.js';

/** Keys that are tried with a password, at most: each takes half a second. */
const MOST_KEYS = 20;

/** A repository in restic's format, opened with its key. */
export class Repository {
  readonly cipher: Cipher;
  readonly files: UnpackedFiles;
  /** Empty until `loadIndex`. */
  index = new BlobIndex();

  private constructor(
    readonly storage: Storage,
    readonly config: RepositoryConfig,
    /** The 64 bytes that a `Cipher` takes, for threads. */
    readonly key: Uint8Array,
  ) {
    this.cipher = new Cipher(key);
    this.files = new UnpackedFiles(storage, this.cipher, config.version);
  }

  /**
   * Makes a repository of a key and a config, in folders that are there.
   *
   * @throws {DuetError} `DUET_ERR_REPO_EXISTS`, and those of the storage
   */
  static async init(storage: Storage, password: string, nowMs = Date.now()): Promise<Repository> {
    await zstdReady;
    const hasConfig = (await readConfig(storage)) !== undefined;
    if (hasConfig || (await storage.list('key')).length > 0) {
      const message = hasConfig ? 'there is a repository already' : 'there are keys of another repository, whose config is missing';
      throw new DuetError('DUET_ERR_REPO_EXISTS', { operation: 'make the repository', message, path: storage.location });
    }
    const key = randomBytes(KEY_BYTES);
    const config = { version: FORMAT_VERSION, id: idName(randomBytes(ID_BYTES)), polynomial: randomPolynomial() };
    const keyFile = await encodeKeyFile(key, password, nowMs);
    await storage.write('key', createHash('sha256').update(keyFile).digest('hex'), keyFile);
    // Last: it makes a repository of the folder.
    await storage.write('config', '', new Cipher(key).seal(Buffer.from(encodeConfig(config))));
    return new Repository(storage, config, key);
  }

  /** @throws {DuetError} `DUET_ERR_REPO_MISSING`, `DUET_ERR_REPO_PASSWORD`, `DUET_ERR_REPO_VERSION`, `DUET_ERR_REPO_DAMAGED`, and those of the storage */
  static async open(storage: Storage, password: string): Promise<Repository> {
    await zstdReady;
    const sealed = await readConfig(storage);
    if (!sealed) throw new DuetError('DUET_ERR_REPO_MISSING', { operation: 'open the repository', message: 'there is no repository: it has no file `config`', path: storage.location });
    const keys = await storage.list('key');
    for (const name of keys.slice(0, MOST_KEYS)) {
      const key = await openKeyFile(await storage.read('key', name), password);
      const config = key && new Cipher(key).open(sealed);
      if (config) return new Repository(storage, parseConfig(config, storage.location), key);
    }
    if (keys.length === 0) throw damaged('open the repository', storage.location, 'the repository has no key files');
    throw new DuetError('DUET_ERR_REPO_PASSWORD', { operation: 'open the repository', message: 'wrong password: it opens no key of the repository', path: storage.location });
  }

  /** @throws {DuetError} `DUET_ERR_REPO_VERSION` where this version of the format is only read */
  requireWritable(): void {
    if (this.config.version === FORMAT_VERSION) return;
    throw new DuetError('DUET_ERR_REPO_VERSION', {
      operation: 'write to the repository',
      message: `the repository has version ${this.config.version} of the format, which is only read here`,
      path: this.storage.location,
    });
  }

  /** Reads all index files into `index`. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
  async loadIndex(): Promise<void> {
    ({ index: this.index } = await loadIndex(this.files, () => new BlobIndex()));
  }

  /** Writes an index file of packs that are durable. Resolves to its name when it is durable. */
  saveIndex(packs: readonly PackEntry[]): Promise<string> {
    return this.files.save('index', indexOf(packs));
  }

  /** The content of a blob, verified. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
  async loadBlob(type: BlobType, id: Uint8Array): Promise<Buffer> {
    const name = idName(id);
    const place = this.index.find(type, id);
    if (!place) throw damaged(`read a ${type} blob`, this.storage.location, `the ${type} blob ${name.slice(0, 8)} is in no index`);
    const pack = idName(place.pack);
    const sealed = await this.storage.read('pack', pack, place);
    const content = openBlob(this.cipher, sealed, place.uncompressedLength, id);
    if (typeof content === 'string') throw damaged(`read a ${type} blob`, `${this.storage.location}: pack ${pack}`, `the ${type} blob ${name.slice(0, 8)} in the pack ${pack.slice(0, 8)} ${content}`);
    return content;
  }
}

/** The content of a blob, or, as a string, what is wrong with it. */
export function openBlob(cipher: Cipher, sealed: Uint8Array, uncompressedLength: number, id: Uint8Array): Buffer | string {
  const text = cipher.open(sealed);
  if (!text) return 'is damaged: its authenticator does not fit';
  let content = text;
  if (uncompressedLength > 0) {
    try {
      content = decompress(text, uncompressedLength);
    } catch {
      return 'is damaged: it cannot be decompressed';
    }
  }
  return createHash('sha256').update(content).digest().equals(id) ? content : 'has another content than its id says';
}

/** Undefined if there is none. */
async function readConfig(storage: Storage): Promise<Buffer | undefined> {
  try {
    return await storage.read('config', '');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function parseConfig(text: Buffer, location: string): RepositoryConfig {
  let json: unknown;
  try {
    json = JSON.parse(text.toString());
  } catch {
    // Told below.
  }
  const config = decodeConfig(json, location);
  if (!config) throw damaged('open the repository', location, 'the config of the repository is none');
  return config;
}
