import type { Random } from '../tree/random.js';
import type { Tree } from '../tree/tree.js';
import { ZipfLaw } from './zipf-law.js';

/** What is read at once, in bytes. */
export const BLOCK_BYTES = 64 * 1024;

/** 60 % of the accesses go to 10 % of the data. */
export const SKEW = { ranks: 0.1, accesses: 0.6 };

/** One read: a file of the tree by its number, and a multiple of `BLOCK_BYTES` within it. */
export interface Access {
  readonly file: number;
  readonly offset: number;
}

/** `count` reads of blocks of the tree by a Zipf law; which blocks are the popular ones is random, over all files alike. */
export function zipfAccesses(tree: Tree, random: Random, count: number): Access[] {
  const blocks = random.shuffle(blocksOf(tree));
  const law = new ZipfLaw(blocks.length, SKEW);
  return Array.from({ length: count }, () => blocks[law.draw(random)]);
}

function blocksOf({ files }: Tree): Access[] {
  return files.flatMap(({ bytes }, file) => Array.from({ length: Math.ceil(bytes / BLOCK_BYTES) }, (_, block) => ({ file, offset: block * BLOCK_BYTES })));
}
