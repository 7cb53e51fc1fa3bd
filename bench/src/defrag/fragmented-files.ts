import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cutOut, layOut } from '@duet/plugin-defrag/testing';
import type { Bench } from '../bars/bench.js';
import { command } from '../lab/command.js';
import type { Lab } from '../lab/lab.js';

export const FILES = 200;
export const EXTENTS = 50;
const EXTENT_BYTES = 16 * 1024;
export const FILE_BYTES = EXTENTS * EXTENT_BYTES;
export const DATA_BYTES = FILES * FILE_BYTES;
const DISK_BYTES = 2 * 2 ** 30;
/** Paths in one call of a tool. */
const BATCH = 100;

/** 200 files of 50 extents each on a disk of their own, cold, and the tools to judge them by. */
export class FragmentedFiles {
  readonly lab: Lab;
  readonly root: string;
  readonly paths: readonly string[];
  readonly #digests: readonly string[];

  private constructor(lab: Lab, root: string, paths: readonly string[], digests: readonly string[]) {
    this.lab = lab;
    this.root = root;
    this.paths = paths;
    this.#digests = digests;
  }

  static async make(bench: Bench): Promise<FragmentedFiles> {
    const lab = bench.emptyLab(DISK_BYTES);
    const root = join(lab.path, 'files');
    mkdirSync(root);
    const paths = Array.from({ length: FILES }, (_, i) => join(root, String(i).padStart(3, '0')));
    const fragments = { fsType: bench.fs, pieces: EXTENTS, pieceBytes: EXTENT_BYTES };
    const digests = paths.map((path) => createHash('sha256').update(layOut(path, fragments)).digest('hex'));
    for (const path of paths) cutOut(path, fragments);
    await lab.settle();
    const files = new FragmentedFiles(lab, root, paths, digests);
    const extents = files.extents();
    if (!extents.every((count) => count === EXTENTS)) throw new Error(`files were to have ${EXTENTS} extents, and have ${Math.min(...extents)} to ${Math.max(...extents)}`);
    return files;
  }

  /** Extents of each file, by filefrag. */
  extents(): number[] {
    const lines = batches(this.paths).flatMap((some) => command('filefrag', some).trim().split('\n'));
    return lines.map((line) => Number(/: (\d+) extents? found$/.exec(line)?.[1]));
  }

  /** How many files do not hold what they held, read anew from the disk by sha256sum. */
  damaged(): number {
    this.lab.coldStart();
    const sums = batches(this.paths).flatMap((some) => command('sha256sum', ['--', ...some]).trim().split('\n'));
    return sums.filter((line, i) => !line.startsWith(this.#digests[i] ?? '')).length;
  }
}

function batches(paths: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(paths.length / BATCH) }, (_, i) => paths.slice(i * BATCH, (i + 1) * BATCH));
}
