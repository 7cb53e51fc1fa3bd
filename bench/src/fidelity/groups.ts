/** Kinds of operations that can be switched on and off, and what each does. */
export const GROUPS = {
  reads: 'reads of random ranges, with and without readahead, and through mappings',
  bulk: 'reads of large sparse files in single pages, dropped again: many events in little time',
  writes: 'overwrites, appends, rewrites from nothing',
  mapped: 'writes through shared mappings, msync',
  syncs: 'fsync, fdatasync, sync_file_range',
  truncates: 'truncate up and down',
  fallocates: 'preallocate, zero a range, punch holes, collapse and insert ranges',
  drops: 'POSIX_FADV_DONTNEED on ranges and whole files',
  files: 'create and delete, many at once so that inodes are reused, unlink while open and read on',
  renames: 'rename files and folders within the path, over existing files, and across its boundary both ways',
  links: 'hard links within the path and across its boundary, and their removal',
  copies: 'reflink (xfs, btrfs) and copy_file_range',
  pressure: 'one of the processes lives in a small memory group',
  caches: 'drop_caches of the whole machine, a few times',
  mounts: 'bind mounts and further file systems that come and go below the path, remount read-only and back',
} as const;

export type Group = keyof typeof GROUPS;

export const ALL_GROUPS = Object.keys(GROUPS) as readonly Group[];
