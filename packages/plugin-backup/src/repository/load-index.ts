import type { DuetError } from '@duet/core';
import { decodeIndex } from './index-file.js';
import type { IndexedPack, IndexFile } from './index-file.js';
import { damaged, isDamage } from './storage-error.js';
import type { UnpackedFiles } from './unpacked-files.js';

/** What takes in what index files say. */
export interface IndexTaker {
  add(pack: IndexedPack): void;
}

/** What the index files of a repository say together. */
export interface LoadedIndex<Taker> {
  readonly index: Taker;
  /** Names of the files that it was made of. */
  readonly files: readonly string[];
}

/** One index file. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
export async function loadIndexFile(files: UnpackedFiles, name: string): Promise<IndexFile> {
  const index = decodeIndex(await files.load('index', name));
  if (index) return index;
  throw damaged('read the index', `${files.storage.location}: index ${name}`, `the index ${name.slice(0, 8)} is none that is understood here`);
}

/**
 * All blobs that the repository's index files name, but for files that others
 * supersede, in what `make` makes. `unreadable` hears of damaged ones, which are left out then; by
 * default they end it.
 */
export async function loadIndex<Taker extends IndexTaker>(files: UnpackedFiles, make: () => Taker, unreadable?: (name: string, error: DuetError) => void, superseded: ReadonlySet<string> = new Set()): Promise<LoadedIndex<Taker>> {
  const index = make();
  const used: string[] = [];
  const later = new Set<string>();
  for (const name of await files.list('index')) {
    if (superseded.has(name)) continue;
    try {
      const { packs, supersedes } = await loadIndexFile(files, name);
      for (const pack of packs) index.add(pack);
      for (const other of supersedes ?? []) later.add(other);
      used.push(name);
    } catch (error) {
      if (!unreadable || !isDamage(error)) throw error;
      unreadable(name, error);
    }
  }
  // Rare: whoever writes such an index removes those that it stands for soon.
  const again = used.some((name) => later.has(name));
  return again ? loadIndex(files, make, unreadable && (() => undefined), new Set([...superseded, ...later])) : { index, files: used };
}
