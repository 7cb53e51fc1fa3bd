import { closeSync, fchmodSync, fsyncSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { open, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DuetError } from '@duet/core';
import { residentBytes } from '@duet/core/kernel/read';
import { Advice, fadvise } from '@duet/core/kernel/syscalls';
import { syncFolder } from './durable.js';
import { isIdName } from './id.js';
import type { FileKind, Range, Storage } from './storage.js';
import { damaged, storageError } from './storage-error.js';
import { createTemporary, removeAbandoned } from './temporary-file.js';

const FOLDERS: Readonly<Record<Exclude<FileKind, 'config'>, string>> = {
  key: 'keys',
  lock: 'locks',
  snapshot: 'snapshots',
  index: 'index',
  pack: 'data',
};

/** Packs are spread over folders by the first byte of their names. */
const PACK_FOLDERS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** A repository in a folder of this machine, in restic's default layout. */
export class LocalStorage implements Storage {
  readonly location: string;
  /** Permissions of files: as restic has them, for the group too if the config is. */
  readonly fileMode: number;

  constructor(folder: string) {
    this.location = folder;
    const isForGroup = ((statSync(join(folder, 'config'), { throwIfNoEntry: false })?.mode ?? 0) & 0o040) !== 0;
    this.fileMode = isForGroup ? 0o440 : 0o400;
  }

  /** Makes the folders of a repository, where they are not there yet. */
  static create(folder: string): LocalStorage {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const name of [...Object.values(FOLDERS), ...PACK_FOLDERS.map((pack) => `data/${pack}`)]) {
        mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
      }
      for (const name of ['data', '', '..']) syncFolder(join(folder, name));
    } catch (error) {
      throw storageError('make the folders of the repository', folder, error);
    }
    return new LocalStorage(folder);
  }

  async list(kind: FileKind): Promise<string[]> {
    if (kind === 'config') return [kind];
    const folder = join(this.location, FOLDERS[kind]);
    if (kind !== 'pack') return this.#names(folder);
    const names: string[] = [];
    for (const pack of PACK_FOLDERS) {
      names.push(...this.#names(join(folder, pack)));
      // Some hundred folders, on a disk that may be slow: others have their turn.
      await nextTurn();
    }
    return names;
  }

  async size(kind: FileKind, name: string): Promise<number> {
    const path = this.path(kind, name);
    try {
      return (await stat(path)).size;
    } catch (error) {
      throw storageError('look at a file of the repository', path, error);
    }
  }

  async read(kind: FileKind, name: string, range?: Range): Promise<Buffer> {
    const path = this.path(kind, name);
    let file: FileHandle | undefined;
    try {
      // At once: each of the four steps would wait for its turn, behind all that a run does meanwhile.
      if (kind !== 'pack') return readFileSync(path);
      file = await open(path, 'r');
      return await readPack(file, path, range);
    } catch (error) {
      throw error instanceof DuetError ? error : storageError('read a file of the repository', path, error);
    } finally {
      await file?.close();
    }
  }

  async write(kind: FileKind, name: string, bytes: Uint8Array): Promise<void> {
    const path = this.path(kind, name);
    const folder = join(path, '..');
    try {
      // Small files, one at a time: not worth the thread pool.
      const temporary = createTemporary(kind === 'pack' ? join(folder, '..') : folder);
      try {
        writeFileSync(temporary.fd, bytes);
        fchmodSync(temporary.fd, this.fileMode);
        fsyncSync(temporary.fd);
        renameSync(temporary.path, path);
      } catch (error) {
        unlinkSync(temporary.path);
        throw error;
      } finally {
        closeSync(temporary.fd);
      }
      syncFolder(folder);
    } catch (error) {
      throw storageError('write a file of the repository', path, error);
    }
  }

  async remove(kind: FileKind, name: string): Promise<void> {
    const path = this.path(kind, name);
    try {
      await unlink(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storageError('remove a file of the repository', path, error);
    }
  }

  /** Removes what crashed programs left half-written. */
  removeAbandoned(nowMs: number): void {
    for (const name of Object.values(FOLDERS)) {
      const folder = join(this.location, name);
      try {
        removeAbandoned(folder, nowMs);
      } catch (error) {
        throw storageError('remove half-written files', folder, error);
      }
    }
  }

  path(kind: FileKind, name: string): string {
    if (kind === 'config') return join(this.location, 'config');
    return join(this.location, FOLDERS[kind], kind === 'pack' ? name.slice(0, 2) : '', name);
  }

  #names(folder: string): string[] {
    try {
      return readdirSync(folder).filter(isIdName);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw storageError('list files of the repository', folder, error);
    }
  }
}

/** Packs are large, and read once: what was not cached before leaves the cache again. */
async function readPack(file: FileHandle, path: string, range?: Range): Promise<Buffer> {
  const { offset, length } = range ?? { offset: 0, length: (await file.stat()).size };
  const wasCached = residentBytes(file.fd, offset, length) !== 0;
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw damaged('read a pack', path, `the pack is too short: there is nothing at byte ${offset + done}`);
    done += bytesRead;
  }
  if (!wasCached) fadvise(file.fd, offset, length, Advice.DONTNEED);
  return bytes;
}
