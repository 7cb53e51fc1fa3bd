import { CORE_VERSION, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { BackupOptions } from './options.js';
import { thisOwner } from './repository/owner.js';
import type { Repository } from './repository/repository.js';
import { listSnapshots, saveSnapshot } from './repository/snapshot.js';
import type { StoredSnapshot } from './repository/snapshot.js';
import { goTime } from './tree/go-time.js';

/** What a run adds to a snapshot. */
export interface RunSnapshot {
  /** Id of the list at the top, in hex. */
  readonly tree: string;
  /** Absolute path of the task. */
  readonly path: BytePath;
  readonly options: BackupOptions;
  readonly startedMs: number;
  /** Id of the snapshot that it was compared with, in hex. */
  readonly parent?: string | undefined;
}

/** Writes the snapshot of a run: what it names is durable. Resolves to its id. */
export function saveRunSnapshot(repository: Repository, { tree, path, options, startedMs, parent }: RunSnapshot): Promise<string> {
  const { hostname, ...user } = thisOwner();
  return saveSnapshot(repository.files, {
    time: goTime(BigInt(Math.round(startedMs)) * 1_000_000n),
    ...(parent === undefined ? {} : { parent }),
    tree,
    paths: [toDisplay(path)],
    hostname: options.host ?? hostname,
    ...user,
    excludes: options.exclude,
    tags: options.tag,
    programVersion: `duet ${CORE_VERSION}`,
  });
}

/** The latest snapshot of the same path on the same host. */
export async function parentSnapshot(repository: Repository, path: BytePath, options: BackupOptions): Promise<StoredSnapshot | undefined> {
  const host = options.host ?? thisOwner().hostname;
  const snapshots = await listSnapshots(repository.files);
  return snapshots.findLast(({ hostname, paths }) => hostname === host && paths.length === 1 && paths[0] === toDisplay(path));
}
