import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scrub } from '../duet/duet-command.js';
import { cachedBytes } from '../lab/cached-bytes.js';
import { dropCached, noReadahead } from '../lab/fadvise.js';
import { LabError } from '../lab/lab-error.js';
import type { Lab } from '../lab/lab.js';
import { content } from '../tree/random.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import type { Tree } from '../tree/tree.js';
import { GIB, inGroup, MIB } from './bench.js';
import type { Bench, Scenario } from './bench.js';
import { findPages, flipByte } from './rot-disk.js';

const PAGE = 4096;
const COLD = 10;
const PARTLY_CACHED = 8;
const CHANGED = 10;

/** How a file is when its byte flips. */
type Setting =
  /** Nothing of it cached. */
  | 'cold'
  /** Its first pages are cached, the flipped one is not. */
  | 'partly cached'
  /** Over 64 MiB, so scrubbed in segments; nothing of it cached. */
  | 'segmented'
  /** Written since the mount, flushed, never read back: memory is right, the disk is not. */
  | 'written';

interface Victim {
  readonly path: string;
  readonly setting: Setting;
  /** First byte of the page that rots. */
  readonly offset: number;
  readonly page: Buffer;
}

/**
 * One byte flips on the disk in each of 20 files that a scrub has recorded; ten
 * others are changed by a program. The next scrub finds the 20, and only these:
 * by hash, on btrfs by EIO.
 */
export const rotScenario: Scenario = {
  name: 'rot',
  summary: 'a byte flipped on the disk in each of 20 files: found; files changed by a program: no alarm',
  async run(bench) {
    const lab = bench.emptyLab(2 * GIB);
    const root = join(lab.path, 'tree');
    const mixed = mixedTree({ seed: bench.seed, totalBytes: 128 * MIB, minBytes: 512 * 1024, maxBytes: 4 * MIB });
    const large = { path: 'large/segmented', bytes: 80 * MIB };
    const tree: Tree = { ...mixed, files: [...mixed.files, large], bytes: mixed.bytes + large.bytes };
    makeTree(tree, root);
    await lab.settle();
    const victims = chooseVictims(bench, tree);
    writeNow(join(root, 'written'), contentOf(tree.seed, tree.files.length, MIB));
    const state = lab.scratch();
    await inGroup(lab, {}, (group) => scrub(lab, { path: root, state, group }));

    const unread = cachedBytes([join(root, 'written')])[0] ?? 0;
    bench.note('cached of the file written and not read back', unread / MIB, 'MiB');
    prepareCache(root, victims);
    const places = findPages(lab.image, victims.map((victim) => victim.page));
    victims.forEach((_, i) => flipByte(lab.image, (places[i] ?? 0) + bench.random(500 + i).below(PAGE)));
    changeFiles(root, tree, victims, bench);

    const run = await inGroup(lab, {}, (group) => scrub(lab, { path: root, state, group }, 1));
    const paths = new Set(run.problems.map((problem) => problem.path));
    const hit = victims.filter((victim) => paths.has(victim.path));
    for (const setting of ['cold', 'partly cached', 'segmented', 'written'] as const) {
      const own = victims.filter((victim) => victim.setting === setting);
      bench.bar(`found of ${own.length} files: ${setting}`, hit.filter((victim) => victim.setting === setting).length, 'files', '=', own.length);
    }
    bench.bar('found by the code of this file system', countCode(lab, run.problems), 'files', '=', victims.length);
    bench.bar('problems reported', run.problems.length, '', '=', victims.length);
    bench.bar('false alarms', [...paths].filter((path) => !victims.some((victim) => victim.path === path)).length, 'files', '=', 0);
    bench.bar('exit code', run.exitCode ?? NaN, '', '=', 1);
  },
};

function countCode(lab: Lab, problems: readonly { readonly code: string }[]): number {
  const code = lab.fs === 'btrfs' ? 'DUET_ERR_READ' : 'DUET_ERR_SCRUB_MISMATCH';
  return problems.filter((problem) => problem.code === code).length;
}

function chooseVictims(bench: Bench, tree: Tree): Victim[] {
  const random = bench.random(450);
  const last = tree.files.length - 1;
  const numbers = random.shuffle([...tree.files.keys()].filter((number) => number !== last));
  const settings: Setting[] = [...Array<Setting>(COLD).fill('cold'), ...Array<Setting>(PARTLY_CACHED).fill('partly cached')];
  const chosen = settings.map((setting, i) => victim(tree, numbers[i] ?? 0, setting, random.next()));
  const written = contentOf(tree.seed, tree.files.length, MIB).subarray(MIB / 2, MIB / 2 + PAGE);
  return [...chosen, victim(tree, last, 'segmented', random.next()), { path: 'written', setting: 'written', offset: MIB / 2, page: written }];
}

/** A page from the second half of the file: `at` from 0 to 1 says which. */
function victim(tree: Tree, number: number, setting: Setting, at: number): Victim {
  const file = tree.files[number];
  if (!file) throw new LabError('the tree is too small');
  const pages = Math.floor(file.bytes / PAGE);
  const offset = Math.floor(pages / 2 + (at * pages) / 2) * PAGE;
  return { path: file.path, setting, offset, page: contentOf(tree.seed, number, file.bytes).subarray(offset, offset + PAGE) };
}

function contentOf(seed: number, stream: number, bytes: number): Buffer {
  return Buffer.concat([...content(seed, stream, bytes)]);
}

function writeNow(path: string, bytes: Buffer): void {
  const fd = openSync(path, 'wx');
  writeSync(fd, bytes);
  fsyncSync(fd);
  closeSync(fd);
}

/** Makes the cache as the victims' settings say, and checks it. */
function prepareCache(root: string, victims: readonly Victim[]): void {
  for (const { path, setting } of victims) {
    if (setting === 'written') continue;
    const fd = openSync(join(root, path), 'r');
    dropCached(fd);
    noReadahead(fd);
    if (setting === 'partly cached') readSync(fd, Buffer.alloc(16 * PAGE), 0, 16 * PAGE, 0);
    closeSync(fd);
    const cached = cachedBytes([join(root, path)])[0] ?? 0;
    if (cached !== (setting === 'partly cached' ? 16 * PAGE : 0)) throw new LabError(`${path}: ${cached} bytes cached, which is not '${setting}'`);
  }
}

/** Ten other files get other content in place, some of them more of it; half of them are flushed. */
function changeFiles(root: string, tree: Tree, victims: readonly Victim[], bench: Bench): void {
  const random = bench.random(460);
  const others = random.shuffle(tree.files.filter((file) => !victims.some((one) => one.path === file.path)));
  others.slice(0, CHANGED).forEach((file, i) => {
    const fd = openSync(join(root, file.path), 'r+');
    writeSync(fd, contentOf(bench.seed, 1_000_000 + i, 3 * PAGE), 0, 3 * PAGE, i % 3 === 0 ? file.bytes : random.below(file.bytes));
    if (i % 2) fsyncSync(fd);
    closeSync(fd);
  });
}
