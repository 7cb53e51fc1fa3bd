/** What a record tells; the numbers are dense, for a switch. */
export const RecordKind = {
  NONE: 0,
  ADDED: 1,
  REMOVED: 2,
  DIRTY: 3,
  INODE_WRITTEN: 4,
  EXT4_BEGIN: 5,
  EXT4_EXTENT: 6,
  EXT4_END: 7,
  IOMAP_FOLIO: 8,
  BTRFS_FOLIO: 9,
  EXT4_INVALIDATE: 10,
  IOMAP_INVALIDATE: 11,
} as const;

export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** What a tracepoint names a file system by, and so how its filter is written. */
export type FilterKey = 's_dev' | 'dev' | 'name' | 'btrfs-files';

/** A tracepoint that Duet uses. */
export interface Tracepoint {
  readonly kind: RecordKind;
  /** Its names, newest kernel first. */
  readonly events: readonly string[];
  readonly filter: FilterKey;
}

export const TRACEPOINTS = {
  added: { kind: RecordKind.ADDED, events: ['filemap/mm_filemap_add_to_page_cache'], filter: 's_dev' },
  removed: { kind: RecordKind.REMOVED, events: ['filemap/mm_filemap_delete_from_page_cache'], filter: 's_dev' },
  dirty: { kind: RecordKind.DIRTY, events: ['writeback/writeback_dirty_folio', 'writeback/writeback_dirty_page'], filter: 'name' },
  inodeWritten: { kind: RecordKind.INODE_WRITTEN, events: ['writeback/writeback_single_inode'], filter: 'name' },
  ext4Begin: { kind: RecordKind.EXT4_BEGIN, events: ['ext4/ext4_writepages'], filter: 'dev' },
  ext4Extent: { kind: RecordKind.EXT4_EXTENT, events: ['ext4/ext4_da_write_pages_extent'], filter: 'dev' },
  ext4End: { kind: RecordKind.EXT4_END, events: ['ext4/ext4_writepages_result'], filter: 'dev' },
  iomapFolio: { kind: RecordKind.IOMAP_FOLIO, events: ['iomap/iomap_writeback_folio', 'iomap/iomap_writepage'], filter: 'dev' },
  ext4Invalidate: { kind: RecordKind.EXT4_INVALIDATE, events: ['ext4/ext4_invalidate_folio'], filter: 'dev' },
  iomapInvalidate: { kind: RecordKind.IOMAP_INVALIDATE, events: ['iomap/iomap_invalidate_folio'], filter: 'dev' },
  btrfsFolio: { kind: RecordKind.BTRFS_FOLIO, events: ['btrfs/extent_writepage', 'btrfs/__extent_writepage'], filter: 'btrfs-files' },
} as const satisfies Record<string, Tracepoint>;

/** Without these there is no source. */
export const REQUIRED: readonly Tracepoint[] = [TRACEPOINTS.added, TRACEPOINTS.removed, TRACEPOINTS.dirty];

/**
 * How a file system tells which pages it gave to the disk:
 * `ext4` by range of each writepages call, `iomap` and `btrfs` folio by folio,
 * `inode` only that an inode has no dirty page left.
 */
export type FlushStyle = 'ext4' | 'iomap' | 'btrfs' | 'inode';

const STYLES: Readonly<Record<string, FlushStyle>> = {
  ext2: 'ext4',
  ext3: 'ext4',
  ext4: 'ext4',
  xfs: 'iomap',
  gfs2: 'iomap',
  zonefs: 'iomap',
  btrfs: 'btrfs',
};

export function flushStyleOf(fsType: string): FlushStyle {
  return STYLES[fsType] ?? 'inode';
}

/** The tracepoints behind each style: what was flushed, and which folios are split. */
export const FLUSH_TRACEPOINTS: Readonly<Record<FlushStyle, readonly Tracepoint[]>> = {
  ext4: [TRACEPOINTS.ext4Begin, TRACEPOINTS.ext4Extent, TRACEPOINTS.ext4End, TRACEPOINTS.inodeWritten, TRACEPOINTS.ext4Invalidate],
  iomap: [TRACEPOINTS.iomapFolio, TRACEPOINTS.iomapInvalidate],
  btrfs: [TRACEPOINTS.btrfsFolio],
  inode: [TRACEPOINTS.inodeWritten],
};

/** Field that holds the inode number, by what names the file system. */
const INODE_FIELD: Readonly<Record<FilterKey, string>> = { s_dev: 'i_ino', dev: 'ino', name: 'ino', 'btrfs-files': 'ino' };

/** Least inode number of a user's file on btrfs. All its metadata is cached as the pages of one inode below. */
const BTRFS_FIRST_INODE = 256;

/**
 * btrfs's records name a file system by 16 bytes that no filter can compare:
 * so only the trees that hold no user's files are kept out.
 */
const BTRFS_FILES = '(root_objectid == 5 || (root_objectid >= 256 && root_objectid < 0xffffffffffffff00))';

/** More inodes than this are not told apart: the kernel compares one after the other, at each event. */
const INODES_MAX = 32;

/** What filters know about a file system. */
export interface FilteredFs {
  /** Superblock, kernel encoding. */
  readonly dev: number;
  readonly fsType: string;
  /** See `FollowedFs`. */
  readonly bdiName: string | undefined;
  /** Inodes whose events are wanted; undefined for all. */
  readonly inodes: readonly number[] | undefined;
}

/** The in-kernel filter that lets through what concerns these file systems; empty if the event cannot name them. */
export function filterFor(key: FilterKey, users: readonly FilteredFs[]): string {
  const clauses = users.flatMap((fs) => {
    const named = namedBy(key, fs);
    return named === undefined ? [] : [[named, ...inodeClause(INODE_FIELD[key], fs)].join(' && ')];
  });
  const all = [...new Set(clauses)];
  return all.length === 1 ? all[0] : all.map((clause) => `(${clause})`).join(' || ');
}

function namedBy(key: FilterKey, fs: FilteredFs): string | undefined {
  if (key === 'btrfs-files') return BTRFS_FILES;
  if (key === 'name') return fs.bdiName === undefined ? undefined : `name == "${fs.bdiName}"`;
  return `${key} == ${fs.dev}`;
}

function inodeClause(field: string, { fsType, inodes }: FilteredFs): string[] {
  if (inodes !== undefined && inodes.length > 0 && inodes.length <= INODES_MAX) return [`(${inodes.map((ino) => `${field} == ${ino}`).join(' || ')})`];
  return fsType === 'btrfs' ? [`${field} >= ${BTRFS_FIRST_INODE}`] : [];
}
