/** Types of files, as in a Unix mode. */
const Unix = { MASK: 0o170000, SOCKET: 0o140000, SYMLINK: 0o120000, REGULAR: 0o100000, BLOCK: 0o060000, FOLDER: 0o040000, CHARACTER: 0o020000, FIFO: 0o010000 } as const;

/** How nodes call them. */
export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

/** Name and bits of each type; bits of Go's `os.FileMode`, which is what nodes have for a mode. */
const TYPES: ReadonlyMap<number, readonly [NodeType, number]> = new Map([
  [Unix.REGULAR, ['file', 0]],
  [Unix.FOLDER, ['dir', 2 ** 31]],
  [Unix.SYMLINK, ['symlink', 2 ** 27]],
  [Unix.BLOCK, ['dev', 2 ** 26]],
  [Unix.CHARACTER, ['chardev', 2 ** 26 + 2 ** 21]],
  [Unix.FIFO, ['fifo', 2 ** 25]],
  [Unix.SOCKET, ['socket', 2 ** 24]],
] as const);

const SETUID = [0o4000, 2 ** 23] as const;
const SETGID = [0o2000, 2 ** 22] as const;
const STICKY = [0o1000, 2 ** 20] as const;

/** What a file is, by its Unix mode; undefined: nothing that is known. */
export function nodeType(mode: number): NodeType | undefined {
  return TYPES.get(mode & Unix.MASK)?.[0];
}

/** A Unix mode as Go's `os.FileMode`. @see https://pkg.go.dev/io/fs#FileMode */
export function goMode(mode: number): number {
  const special = [SETUID, SETGID, STICKY].reduce((sum, [unix, go]) => sum + ((mode & unix) === 0 ? 0 : go), 0);
  return (TYPES.get(mode & Unix.MASK)?.[1] ?? 0) + special + (mode & 0o777);
}
