import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cutOut, layOut } from '@duet/plugin-defrag/testing';
import { alternate, cold, GIB, MIB, SMALL_CACHE_BYTES } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import { stockTool } from '../defrag/stock-tool.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { ALL_JOBS } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs, runPeers } from './measured.js';
import { PEERS } from './peers.js';
import type { Peer } from './peers.js';
import { Setting } from './setting.js';

/** Files in pieces beside the tree's, for defrag to have something to do. */
const FRAGMENTED = 80;
const PIECES = 50;
const PIECE_BYTES = 16 * 1024;
const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND };

/** All four workers on one tree, some files of which lie in pieces, beside the four tools that people run. */
export const allWorkersScenario: Scenario = {
  name: 'all-workers',
  summary: 'cold, 256 MiB of cache: scrub, backup, mirror and defragmentation in one run, against four tools together',
  async run(bench) {
    const disk = await fragmentedTree(bench);
    const data = disk.tree.bytes;
    const setting = new Setting(bench, 'all four workers, 256 MiB of cache');
    const tools: readonly Peer[] = [...PEERS, { name: stockTool(bench.fs, disk.root, []).name, prepare: (root) => stockTool(bench.fs, root, pathsIn(root)).argv }];
    // Each has the files in pieces anew.
    const afresh = async <T>(memoryBytes: number | undefined, measure: Parameters<typeof cold<T>>[2]): Promise<T> => {
      await breakUp(bench, disk);
      return cold(disk, { ...limits, ...(memoryBytes !== undefined && { memoryBytes }) }, measure);
    };
    const duetLimit = SMALL_CACHE_BYTES + (await bench.peakAnonBytes('duet: all four', () => afresh(undefined, (group) => runJobs(disk, group, ALL_JOBS))));
    const toolsLimit = SMALL_CACHE_BYTES + (await bench.peakAnonBytes('four tools', () => afresh(undefined, (group) => runPeers(disk, group, tools))));
    const duet = { reads: [] as number[], walls: [] as number[], defragmented: [] as number[] };
    const peers = { reads: [] as number[], walls: [] as number[] };
    await alternate(
      bench.reps,
      async () => {
        const run = await afresh(duetLimit, (group) => runJobs(disk, group, ALL_JOBS));
        duet.reads.push(run.deviceBytesRead / data);
        duet.walls.push(run.wallMs);
        duet.defragmented.push(run.summary?.tasks.find(({ task }) => task === 'defrag')?.filesDone ?? 0);
      },
      async () => {
        const run = await afresh(toolsLimit, (group) => runPeers(disk, group, tools));
        peers.reads.push(run.deviceBytesRead / data);
        peers.walls.push(run.wallMs);
      },
    );
    setting.note('device reads / data, four tools', median(peers.reads), '');
    setting.bar('device reads / data, Duet, worst run', Math.max(...duet.reads), '<=', 1.05);
    setting.bar('files defragmented, least', Math.min(...duet.defragmented), '>=', FRAGMENTED);
    setting.note('wall time, four tools', median(peers.walls) / 1000, 's');
    setting.note('wall time, Duet', median(duet.walls) / 1000, 's');
  },
};

async function fragmentedTree(bench: Bench): Promise<Disk> {
  const lab = bench.emptyLab(4 * GIB);
  const root = join(lab.path, 'tree');
  const tree = mixedTree({ seed: bench.seed, totalBytes: GIB, minBytes: 4096, maxBytes: 64 * MIB });
  makeTree(tree, root);
  await lab.settle();
  return { lab, root, tree: { ...tree, bytes: tree.bytes + FRAGMENTED * PIECES * PIECE_BYTES } };
}

async function breakUp(bench: Bench, { lab, root }: Disk): Promise<void> {
  const folder = join(root, 'in-pieces');
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const fragments = { fsType: bench.fs, pieces: PIECES, pieceBytes: PIECE_BYTES };
  for (const path of pathsIn(root)) layOut(path, fragments);
  for (const path of pathsIn(root)) cutOut(path, fragments);
  await lab.settle();
}

function pathsIn(root: string): string[] {
  return Array.from({ length: FRAGMENTED }, (_, i) => join(root, 'in-pieces', String(i).padStart(2, '0')));
}
