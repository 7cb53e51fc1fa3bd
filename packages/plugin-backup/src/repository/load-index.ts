import { BlobIndex } from './blob-index.js';
import { decodeIndex } from './index-file.js';
import type { IndexFile } from './index-file.js';
import { damaged } from './storage-error.js';
import type { UnpackedFiles } from './unpacked-files.js';

/** One index file. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
export async function loadIndexFile(files: UnpackedFiles, name: string): Promise<IndexFile> {
  const index = decodeIndex(await files.load('index', name));
  if (index) return index;
  throw damaged('read the index', `${files.storage.location}: index ${name}`, `the index ${name.slice(0, 8)} is none that is understood here`);
}

/** All blobs that the repository's index files name, but for files that others supersede. */
export async function loadIndex(files: UnpackedFiles, superseded: ReadonlySet<string> = new Set()): Promise<BlobIndex> {
  const index = new BlobIndex();
  const names = (await files.list('index')).filter((name) => !superseded.has(name));
  const later = new Set<string>();
  for (const name of names) {
    const { packs, supersedes } = await loadIndexFile(files, name);
    for (const pack of packs) index.add(pack);
    for (const other of supersedes) later.add(other);
  }
  // Rare: whoever writes such an index removes those that it stands for soon.
  return names.some((name) => later.has(name)) ? loadIndex(files, new Set([...superseded, ...later])) : index;
}
