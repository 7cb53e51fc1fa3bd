import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedOfTree, cold, MIB, readByAnother, SMALL_CACHE_BYTES, sum } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import type { Group } from '../lab/cgroups.js';
import { cachedBytes } from '../lab/cached-bytes.js';
import { evenTree, makeTree, pickFiles } from '../tree/tree.js';
import { JOBS } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs, runPeers } from './measured.js';
import { PEERS } from './peers.js';
import { Setting } from './setting.js';
import { jobsLimit, peersLimit } from './three-cold.js';

const HOT_BYTES = 96 * MIB;

/** Files that another program has read, as a disk whose tree they are. */
type HotSet = Disk;

/** What is cached after a run, in bytes. */
interface After {
  /** Share of the hot set that was cached before. */
  readonly hotShare: number;
  /** Of the tree without the hot set, beyond what was cached before. */
  readonly otherBytes: number;
  /** Page cache of the group, whatever the file, before and after. */
  readonly groupBefore: number;
  readonly groupAfter: number;
}

/** Another program's hot set, read once, is still cached after three tasks went over the disk. */
export const hotSetScenario: Scenario = {
  name: 'hot-set',
  summary: '96 MiB read once by another program, 256 MiB of cache: what of it is cached after the tasks, and after each peer',
  async run(bench) {
    const disk = await bench.mixed();
    const beside = await hotSetBesideTheTree(disk);
    const below: HotSet = { ...disk, tree: { ...disk.tree, files: pickFiles(disk.tree, bench.random(400), HOT_BYTES) } };
    for (const [where, hot] of [['files of the tree', below], ['files beside the tree', beside]] as const) {
      const setting = new Setting(bench, `hot ${where}`);
      for (const peer of PEERS) {
        const memoryBytes = await peersLimit(bench, disk, [peer], SMALL_CACHE_BYTES);
        const { hotShare } = await afterwards(disk, hot, memoryBytes, (group) => runPeers(disk, group, [peer]));
        setting.note(`still cached after ${peer.name}`, 100 * hotShare, '%');
      }
      report(setting, await repeated(bench, disk, hot));
    }
  },
};

async function repeated(bench: Bench, disk: Disk, hot: HotSet): Promise<After[]> {
  const memoryBytes = await jobsLimit(bench, disk, JOBS, SMALL_CACHE_BYTES);
  const runs: After[] = [];
  for (let rep = 0; rep < bench.reps; rep++) runs.push(await afterwards(disk, hot, memoryBytes, (group) => runJobs(disk, group, JOBS)));
  return runs;
}

function report(setting: Setting, runs: readonly After[]): void {
  setting.bar('still cached after Duet, least', 100 * Math.min(...runs.map((run) => run.hotShare)), '>=', 99, '%');
  setting.note('page cache of the group before, most', Math.max(...runs.map((run) => run.groupBefore)) / MIB, 'MiB');
  setting.note('page cache of the group after Duet, most', Math.max(...runs.map((run) => run.groupAfter)) / MIB, 'MiB');
  // What one readahead leaves is not worth a mention; a hundredth of the cache is.
  setting.bar('other files left cached by Duet, most', Math.max(...runs.map((run) => run.otherBytes)) / MIB, '<=', (0.01 * SMALL_CACHE_BYTES) / MIB, 'MiB');
}

function afterwards(disk: Disk, hot: HotSet, memoryBytes: number, measure: (group: Group) => Promise<unknown>): Promise<After> {
  return cold(disk, { memoryBytes, readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
    await readByAnother(hot, group, hot.tree.files);
    const before = resident(disk, hot);
    const groupBefore = group.memory().cacheBytes;
    await measure(group);
    const after = resident(disk, hot);
    return {
      hotShare: after.hotBytes / before.hotBytes,
      otherBytes: after.otherBytes - before.otherBytes,
      groupBefore,
      groupAfter: group.memory().cacheBytes,
    };
  });
}

function resident(disk: Disk, hot: HotSet): { hotBytes: number; otherBytes: number } {
  const hotBytes = sum(cachedBytes(hot.tree.files.map((file) => join(hot.root, file.path))));
  const treeBytes = sum(cachedOfTree(disk));
  return { hotBytes, otherBytes: hot.root === disk.root ? Math.max(treeBytes - hotBytes, 0) : treeBytes };
}

/** Files of a program that the tasks have nothing to do with. */
async function hotSetBesideTheTree({ lab }: Disk): Promise<HotSet> {
  const tree = evenTree(7, HOT_BYTES / MIB, MIB);
  const root = join(lab.path, 'hot');
  if (!existsSync(root)) {
    makeTree(tree, root);
    await lab.settle();
  }
  return { lab, tree, root };
}
