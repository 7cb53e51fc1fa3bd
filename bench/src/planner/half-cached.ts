import { alternate, cachedOfTree, cold, readByAnother, sum } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import type { Group } from '../lab/cgroups.js';
import { pickFiles } from '../tree/tree.js';
import { JOBS } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs, runPeers } from './measured.js';
import { PEERS } from './peers.js';
import { Setting } from './setting.js';

/** Another program has read half of the bytes, and they are still cached: three tasks need the other half from the disk, once. */
export const halfCachedScenario: Scenario = {
  name: 'half-cached',
  summary: 'half of the bytes cached by another program, no memory limit: device reads of three tasks',
  async run(bench) {
    const disk = await bench.mixed();
    const data = disk.tree.bytes;
    const setting = new Setting(bench, 'half of it cached');
    const reads: number[] = [];
    const peerReads: number[] = [];
    const cachedShare: number[] = [];
    const filled = <T>(rep: number, measure: (group: Group) => Promise<T>): Promise<T> =>
      cold(disk, { readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
        await readByAnother(disk, group, pickFiles(disk.tree, bench.random(100 + rep), data / 2));
        cachedShare.push(sum(cachedOfTree(disk)) / data);
        return measure(group);
      });
    await alternate(
      bench.reps,
      async (rep) => void reads.push((await filled(rep, (group) => runJobs(disk, group, JOBS))).deviceBytesRead / data),
      async (rep) => void peerReads.push((await filled(rep, (group) => runPeers(disk, group, PEERS))).deviceBytesRead / data),
    );
    setting.note('cached at the start / data, least', Math.min(...cachedShare), '');
    setting.reads(reads, peerReads, 1 - Math.min(...cachedShare), 0.52);
  },
};
