import type { BytePath, DuetError } from '@duet/core';
import { SEAL_BYTES } from '../repository/cipher.js';
import type { PackEntry } from '../repository/blob.js';
import { idName } from '../repository/id.js';
import { BlobIndex } from '../repository/blob-index.js';
import { IdSet } from '../repository/id-set.js';
import { packEntryOf } from '../repository/index-file.js';
import { loadIndex, loadIndexFile } from '../repository/load-index.js';
import { encodeHeader, HEADER_LENGTH_BYTES } from '../repository/pack-header.js';
import type { Repository } from '../repository/repository.js';
import { loadSnapshot } from '../repository/snapshot.js';
import { isDamage } from '../repository/storage-error.js';
import { checkPack } from './pack-check.js';
import { sampled } from './sample.js';
import type { Sample } from './sample.js';
import { TreeCheck } from './tree-check.js';

/** Something wrong in a repository: in a file of it, or at a path of a snapshot. */
export interface RepositoryProblem {
  /** `pack 1234abcd…`, `index …`, `snapshot …`. */
  readonly where: string;
  readonly path?: BytePath;
  readonly message: string;
}

/** What was looked at. */
export interface VerifyResult {
  readonly snapshots: number;
  readonly trees: number;
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  /** Packs in no index: an interrupted backup leaves such, and `restic prune` removes them. */
  readonly orphans: number;
  readonly problems: number;
}

export interface VerifyEvents {
  problem(problem: RepositoryProblem): void;
  progress(packsRead: number, packsToRead: number): void;
}

/**
 * Verifies a repository: that all packs of the index are there and as long as
 * it says, that all snapshots are complete, and, for the packs of the sample,
 * that every byte is what was written. Reads the index by itself, damaged
 * files of it left out.
 *
 * Rejects with the reason of `signal` when it aborts.
 */
export async function verify(repository: Repository, sample: Sample, events: VerifyEvents, signal: AbortSignal): Promise<VerifyResult> {
  let problems = 0;
  const report = (problem: RepositoryProblem): void => {
    problems++;
    events.problem(problem);
  };
  /** Runs a check of one file of the repository; what cannot be read is a problem of that file. */
  const check = async <T>(where: string, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      if (!isDamage(error)) throw error;
      report({ where, message: error.message });
      return undefined;
    }
  };

  const { index, files } = await loadIndex(repository.files, () => new BlobIndex(), (name: string, error: DuetError) => report({ where: `index ${name}`, message: error.message }));
  repository.index = index;
  const there = new Set(await repository.storage.list('pack'));
  const chosen = new Set(sampled([...there].sort(), sample));
  let packsRead = 0;
  let bytesRead = 0;
  const seen = new IdSet();
  for (const file of files) {
    for (const indexed of (await loadIndexFile(repository.files, file)).packs) {
      const pack = packEntryOf(indexed);
      signal.throwIfAborted();
      if (seen.find(pack.id) >= 0) continue;
      seen.add(pack.id);
      const name = idName(pack.id);
      const where = `pack ${name}`;
      if (!there.delete(name)) report({ where, message: 'the index names it, and it is not there' });
      else if (!chosen.has(name)) await check(where, () => checkLength(repository, name, pack, (message) => report({ where, message })));
      else {
        const bytes = await check(where, () => repository.storage.read('pack', name));
        if (!bytes) continue;
        for (const message of checkPack(name, bytes, pack.blobs, repository)) report({ where, message });
        bytesRead += bytes.length;
        events.progress(++packsRead, chosen.size);
      }
    }
  }

  const trees = new TreeCheck(repository, ({ id }, path, message) => report({ where: `snapshot ${id}`, path, message }), signal);
  const ids = await repository.files.list('snapshot');
  for (const id of ids) {
    const snapshot = await check(`snapshot ${id}`, () => loadSnapshot(repository.files, id));
    if (snapshot) await trees.check(snapshot);
  }
  return { snapshots: ids.length, trees: trees.trees, packs: seen.size, packsRead, bytesRead, orphans: there.size, problems };
}

async function checkLength(repository: Repository, name: string, { blobs }: PackEntry, wrong: (message: string) => void): Promise<void> {
  const bytes = await repository.storage.size('pack', name);
  const least = blobs.reduce((sum, { length }) => sum + length, encodeHeader(blobs).length + SEAL_BYTES + HEADER_LENGTH_BYTES);
  if (bytes < least) wrong(`it has ${bytes} bytes, and not ${least} as the index says`);
}
