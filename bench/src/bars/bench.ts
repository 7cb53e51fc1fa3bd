import { join } from 'node:path';
import { cachedBytes } from '../lab/cached-bytes.js';
import type { Group } from '../lab/cgroups.js';
import { Lab } from '../lab/lab.js';
import type { FsType } from '../lab/lab.js';
import type { ProgramResult } from '../lab/program.js';
import { Random } from '../tree/random.js';
import { evenTree, makeTree, mixedTree, nulList } from '../tree/tree.js';
import type { Tree, TreeFile } from '../tree/tree.js';
import { scrub } from '../duet/duet-command.js';
import { allHold, holds, row } from './figures.js';
import type { Bound, Figure, Interval } from './figures.js';

export const MIB = 1 << 20;
export const GIB = 1 << 30;

/** The page cache that the small-cache measurements leave to the programs. */
export const SMALL_CACHE_BYTES = 256 * MIB;

/** A lab with a tree in it. */
export interface Disk {
  readonly lab: Lab;
  readonly tree: Tree;
  /** Folder of the tree. */
  readonly root: string;
}

/** One scenario: measures, and hands its figures to the bench. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  run(bench: Bench): Promise<void>;
}

/** What a run of the bars has in common: file system, repetitions, seed, disks, and the figures so far. */
export class Bench {
  readonly figures: Figure[] = [];
  readonly #disks = new Map<string, Promise<Disk>>();
  readonly #peaks = new Map<string, Promise<ProgramResult>>();
  readonly #anonBytes = new Map<string, Promise<number>>();
  #scenario = '';

  constructor(
    readonly fs: FsType,
    readonly reps: number,
    readonly seed: number,
    readonly print: (line: string) => void,
  ) {}

  /** Runs a scenario. @throws whatever kept it from being measured. */
  async run(scenario: Scenario): Promise<void> {
    this.#scenario = scenario.name;
    await scenario.run(this);
  }

  /** Reports a figure that is held to a bound. */
  bar(figure: string, value: number, unit: string, is: Bound['is'], bound: number): void {
    this.#add({ scenario: this.#scenario, figure, value, unit, bound: { is, value: bound }, pass: holds(value, { is, value: bound }) });
  }

  /** Reports a figure that lies within `interval`, held to a bound or not. */
  estimate(figure: string, value: number, unit: string, interval: Interval, bound?: Bound): void {
    const pass = bound && allHold(interval, bound);
    this.#add({ scenario: this.#scenario, figure, value, unit, interval, ...(bound && { bound }), ...(pass !== undefined && { pass }) });
  }

  /** Reports a figure that explains others. */
  note(figure: string, value: number, unit: string): void {
    this.#add({ scenario: this.#scenario, figure, value, unit });
  }

  get failed(): boolean {
    return this.figures.some((figure) => figure.pass === false);
  }

  /** Numbers of one use, the same in each run with the same seed. */
  random(use: number): Random {
    return new Random(this.seed + use);
  }

  /** 1 GiB of files of 4 KiB to 64 MiB; older than the mount. */
  mixed(): Promise<Disk> {
    return this.disk('mixed', 3 * GIB, () => mixedTree({ seed: this.seed, totalBytes: GIB, minBytes: 4096, maxBytes: 64 * MIB }));
  }

  /** 100,000 files of 4 KiB; older than the mount. */
  small(): Promise<Disk> {
    return this.disk('small', 3 * GIB, () => evenTree(this.seed, 100_000, 4096));
  }

  /** A lab of its own, without a tree; `closeDisks` removes it too. */
  emptyLab(sizeBytes: number): Lab {
    const lab = new Lab({ fs: this.fs, sizeBytes });
    this.#disks.set(`empty ${this.#disks.size}`, Promise.resolve({ lab, tree: { seed: 0, files: [], bytes: 0 }, root: lab.path }));
    return lab;
  }

  async closeDisks(): Promise<void> {
    for (const disk of this.#disks.values()) (await disk).lab.close();
    this.#disks.clear();
    this.#peaks.clear();
    this.#anonBytes.clear();
  }

  /** What `sha256sum` takes on a cold disk without any limit: measured once, in a first run. */
  sha256sumAlone(disk: Disk): Promise<ProgramResult> {
    return this.#once('sha256sum', () => cold(disk, {}, (group) => disk.lab.run(sha256sum(disk.root), { group })));
  }

  /** What `duet run scrub` takes on a cold disk without any limit: measured once, in a first run. */
  scrubAlone(disk: Disk): Promise<ProgramResult> {
    return this.#once('scrub', () => cold(disk, {}, (group) => scrub(disk.lab, { path: disk.root, state: disk.lab.scratch(), group })));
  }

  /** Peak anonymous memory of programs that `measure` runs without a memory limit: measured once, in a first run. */
  peakAnonBytes(name: string, measure: () => Promise<{ readonly peakAnonBytes: number }>): Promise<number> {
    let bytes = this.#anonBytes.get(name);
    if (!bytes) this.#anonBytes.set(name, (bytes = measure().then(({ peakAnonBytes }) => peakAnonBytes)));
    return bytes;
  }

  #once(name: string, measure: () => Promise<ProgramResult>): Promise<ProgramResult> {
    let result = this.#peaks.get(name);
    if (!result) this.#peaks.set(name, (result = measure()));
    return result;
  }

  /** A lab with a tree in it, made when it is first asked for under this name; older than the mount. */
  disk(name: string, sizeBytes: number, plan: () => Tree): Promise<Disk> {
    let disk = this.#disks.get(name);
    if (!disk) this.#disks.set(name, (disk = makeDisk(this.fs, sizeBytes, plan())));
    return disk;
  }

  #add(figure: Figure): void {
    this.figures.push(figure);
    this.print(row(this.fs, figure));
  }
}

async function makeDisk(fs: FsType, sizeBytes: number, tree: Tree): Promise<Disk> {
  const lab = new Lab({ fs, sizeBytes });
  const root = join(lab.path, 'tree');
  makeTree(tree, root);
  await lab.settle();
  return { lab, tree, root };
}

/** The program that users have today: one hash a file, in the order of the folders. */
export function sha256sum(root: string): string[] {
  return ['sh', '-c', 'find "$1" -type f -print0 | xargs -0 sha256sum > /dev/null', 'sh', root];
}

/** Measures in a new group after a cold start. */
export function cold<T>(disk: Disk, limits: Parameters<Lab['group']>[0], measure: (group: Group) => Promise<T>): Promise<T> {
  disk.lab.coldStart();
  return inGroup(disk.lab, limits, measure);
}

/** Measures in a new group, which is removed afterwards. */
export async function inGroup<T>(lab: Lab, limits: Parameters<Lab['group']>[0], measure: (group: Group) => Promise<T>): Promise<T> {
  const group = lab.group(limits);
  try {
    return await measure(group);
  } finally {
    lab.removeGroup(group);
  }
}

/** Has another program (`cat`) read files to the end. */
export async function readByAnother(disk: Disk, group: Group, files: readonly TreeFile[]): Promise<void> {
  await disk.lab.run(['xargs', '-0', 'cat'], { group, input: nulList(disk.root, files) });
}

/** Bytes in the page cache for each file of the tree, in its order. At most the size: the last page may be partly used. */
export function cachedOfTree(disk: Disk): number[] {
  const cached = cachedBytes(disk.tree.files.map((file) => join(disk.root, file.path)));
  return cached.map((bytes, i) => Math.min(bytes, disk.tree.files[i]?.bytes ?? 0));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Takes turns, so that what changes on the machine meanwhile meets both alike. */
export async function alternate(reps: number, one: (rep: number) => Promise<void>, other: (rep: number) => Promise<void>): Promise<void> {
  for (let rep = 0; rep < reps; rep++) {
    for (const measure of rep % 2 ? [other, one] : [one, other]) await measure(rep);
  }
}
