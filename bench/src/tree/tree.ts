import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { content, Random } from './random.js';

/** A file of a tree: its path below the root, in ASCII, and its size. */
export interface TreeFile {
  readonly path: string;
  readonly bytes: number;
}

/** A tree of files, fully given by what it is made from. */
export interface Tree {
  readonly seed: number;
  readonly files: readonly TreeFile[];
  readonly bytes: number;
}

export interface MixedTreeOptions {
  readonly seed: number;
  readonly totalBytes: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Files of many sizes, evenly spread over their logarithms, that add up to exactly `totalBytes`; about three in a folder. */
export function mixedTree(options: MixedTreeOptions): Tree {
  const random = new Random(options.seed);
  const span = Math.log(options.maxBytes / options.minBytes);
  const files: TreeFile[] = [];
  let left = options.totalBytes;
  while (left > 0) {
    const drawn = Math.round(options.minBytes * Math.exp(random.next() * span));
    // A rest too small for a file of its own goes to the last one.
    const bytes = left - drawn < options.minBytes ? Math.min(left, options.maxBytes) : drawn;
    const folder = `d${random.below(8)}/d${random.below(8)}`;
    files.push({ path: `${folder}/file-${String(files.length).padStart(5, '0')}`, bytes });
    left -= bytes;
  }
  return treeOf(options.seed, files);
}

/** `count` files of `bytes` each, 400 to a folder. */
export function evenTree(seed: number, count: number, bytes: number): Tree {
  const files: TreeFile[] = [];
  for (let i = 0; i < count; i++) {
    files.push({ path: `d${String(Math.floor(i / 400)).padStart(4, '0')}/file-${String(i).padStart(6, '0')}`, bytes });
  }
  return treeOf(seed, files);
}

function treeOf(seed: number, files: readonly TreeFile[]): Tree {
  return { seed, files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Writes the tree below `root`, which is made if need be. */
export function makeTree(tree: Tree, root: string): void {
  let folder = '';
  tree.files.forEach((file, number) => {
    const path = join(root, file.path);
    if (dirname(path) !== folder) mkdirSync((folder = dirname(path)), { recursive: true });
    const fd = openSync(path, 'wx', 0o644);
    try {
      for (const piece of content(tree.seed, number, file.bytes)) writeSync(fd, piece);
    } finally {
      closeSync(fd);
    }
  });
}

/** Files from all over the tree, in random order, that add up to at most `bytes` and close to it. */
export function pickFiles(tree: Tree, random: Random, bytes: number): TreeFile[] {
  let left = bytes;
  return random.shuffle(tree.files).filter((file) => {
    if (file.bytes > left) return false;
    left -= file.bytes;
    return true;
  });
}

/** Paths of files below `root`, each ended by NUL, as `xargs -0` takes them. */
export function nulList(root: string, files: readonly TreeFile[]): Buffer {
  return Buffer.from(files.map((file) => `${join(root, file.path)}\0`).join(''));
}
