import { DuetError } from '@duet/core';
import { z } from 'zod';
import { damaged } from './storage-error.js';
import type { UnpackedFiles } from './unpacked-files.js';

const idText = z.string().regex(/^[0-9a-f]{64}$/);
/** Go writes null for an empty list. */
const texts = z.array(z.string()).nullish().transform((list) => list ?? []);

const snapshotFile = z.object({
  time: z.string(),
  parent: idText.nullish(),
  tree: idText,
  paths: texts,
  hostname: z.string().default(''),
  username: z.string().default(''),
  uid: z.number().default(0),
  gid: z.number().default(0),
  excludes: texts,
  tags: texts,
  original: idText.nullish(),
  program_version: z.string().optional(),
});

/** A backup of some paths at a time. */
export interface Snapshot {
  /** RFC 3339, up to nanoseconds, with the zone of the host. */
  readonly time: string;
  /** The snapshot that it was compared with. */
  readonly parent?: string | undefined;
  /** Id of the list at its root, in hex. */
  readonly tree: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly excludes: readonly string[];
  readonly tags: readonly string[];
  /** What it was before `restic tag` or the like changed it. */
  readonly original?: string | undefined;
  readonly programVersion?: string | undefined;
}

/** A snapshot with its id, in hex. */
export interface StoredSnapshot extends Snapshot {
  readonly id: string;
}

/** Writes a snapshot, durable when it resolves. Resolves to its id. */
export function saveSnapshot(files: UnpackedFiles, snapshot: Snapshot): Promise<string> {
  const { uid, gid, excludes, tags, programVersion, ...rest } = snapshot;
  return files.save('snapshot', {
    ...rest,
    ...(uid === 0 ? {} : { uid }),
    ...(gid === 0 ? {} : { gid }),
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(programVersion === undefined ? {} : { program_version: programVersion }),
  });
}

/** One snapshot, by its id. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
export async function loadSnapshot(files: UnpackedFiles, id: string): Promise<StoredSnapshot> {
  const { data } = snapshotFile.safeParse(await files.load('snapshot', id));
  if (!data || Number.isNaN(Date.parse(data.time))) {
    throw damaged('read the snapshot', `${files.storage.location}: snapshot ${id}`, `the snapshot ${id.slice(0, 8)} is none that is understood here`);
  }
  const { program_version: programVersion, parent, original, ...rest } = data;
  return { id, ...rest, parent: parent ?? undefined, original: original ?? undefined, programVersion };
}

/** All snapshots, the oldest first. */
export async function listSnapshots(files: UnpackedFiles): Promise<StoredSnapshot[]> {
  const snapshots: StoredSnapshot[] = [];
  for (const id of await files.list('snapshot')) snapshots.push(await loadSnapshot(files, id));
  return snapshots.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

/**
 * The snapshot that a person names: `latest`, an id, or the beginning of one.
 *
 * @throws {DuetError} `DUET_ERR_SNAPSHOT_UNKNOWN`
 */
export async function findSnapshot(files: UnpackedFiles, name: string): Promise<StoredSnapshot> {
  if (name === 'latest') {
    const latest = (await listSnapshots(files)).at(-1);
    if (latest) return latest;
    throw unknown('there is no snapshot in the repository');
  }
  const ids = (await files.list('snapshot')).filter((id) => name !== '' && id.startsWith(name));
  if (ids.length === 1) return loadSnapshot(files, ids[0]);
  throw unknown(ids.length === 0 ? `no snapshot has the id ${name}` : `the ids of ${ids.length} snapshots begin with ${name}`);
}

function unknown(message: string): DuetError {
  return new DuetError('DUET_ERR_SNAPSHOT_UNKNOWN', { operation: 'find the snapshot', message });
}
