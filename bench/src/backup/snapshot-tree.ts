import type { Workshop } from './workshop.js';

interface ResticSnapshot {
  readonly id: string;
  readonly tree: string;
  readonly program_version?: string;
}

/** Ids of the snapshots of a repository, the oldest first, by restic. */
export function snapshotIds(workshop: Workshop, repo: string): string[] {
  return (JSON.parse(workshop.restic(repo, 'snapshots', '--json')) as ResticSnapshot[] | null)?.map(({ id }) => id) ?? [];
}

/** Id of the list of a folder in a snapshot: the same id, the same bytes. */
export function treeIdAt(workshop: Workshop, repo: string, snapshot: string, path: string): string {
  let id = (JSON.parse(workshop.restic(repo, 'cat', 'snapshot', snapshot)) as ResticSnapshot).tree;
  for (const name of path.split('/').filter((one) => one !== '')) {
    const { nodes } = JSON.parse(workshop.restic(repo, 'cat', 'blob', id)) as { nodes: { name: string; subtree?: string }[] };
    id = nodes.find((node) => node.name === name)?.subtree ?? '';
  }
  return id;
}
