import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { duet, scrub } from '../duet/duet-command.js';
import { command } from '../lab/command.js';
import { makeTree, mixedTree, pickFiles } from '../tree/tree.js';
import { cachedOfTree, GIB, inGroup, MIB, readByAnother, sum } from './bench.js';
import type { Disk, Scenario } from './bench.js';

/** `nobody`, on most systems; any user without privileges would do. */
const UID = 65534;

/** A user without root scrubs own files; `doctor` says what is missing and why. */
export const noRootScenario: Scenario = {
  name: 'no-root',
  summary: 'a user without root scrubs own files; doctor says what is missing',
  async run(bench) {
    const lab = bench.emptyLab(GIB);
    const tree = mixedTree({ seed: bench.seed, totalBytes: 128 * MIB, minBytes: 4096, maxBytes: 8 * MIB });
    const disk: Disk = { lab, tree, root: join(lab.path, 'tree') };
    makeTree(tree, disk.root);
    command('chown', ['-R', `${UID}:${UID}`, disk.root]);
    await lab.settle();
    for (const source of ['auto', 'cachestat']) {
      lab.coldStart();
      const home = lab.scratch();
      chownSync(home, UID, UID);
      await inGroup(lab, {}, async (group) => {
        await readByAnother(disk, group, pickFiles(tree, bench.random(600), tree.bytes / 2));
        const cached = sum(cachedOfTree(disk));
        const run = await scrub(lab, { path: disk.root, state: join(home, 'state'), group, uid: UID, env: { HOME: home }, args: ['--source', source] });
        bench.bar(`--source ${source}: exit code`, run.exitCode ?? NaN, '', '=', 0);
        bench.bar(`--source ${source}: cachestat is what it takes`, run.start?.source === 'cachestat' ? 1 : 0, '', '=', 1);
        bench.bar(`--source ${source}: files done`, run.summary?.tasks[0]?.filesDone ?? NaN, 'files', '=', tree.files.length);
        bench.bar(`--source ${source}: device reads / data that was not cached`, run.deviceBytesRead / (tree.bytes - cached), '', '<=', 1.04);
      });
    }
    const home = lab.scratch();
    chownSync(home, UID, UID);
    const lines: string[] = [];
    const doctor = await inGroup(lab, {}, (group) => lab.start(duet('doctor', '--json'), { group, uid: UID, env: { HOME: home }, onLine: (line) => lines.push(line) }).result);
    bench.note('doctor: exit code', doctor.exitCode ?? NaN, '');
    bench.bar('doctor: says that tracefs cannot be used, why, and what to do', explainsTracefs(lines) ? 1 : 0, '', '=', 1);
  },
};

/** Whether a line says of tracefs that it is not to be had, why, and what to do. */
function explainsTracefs(lines: readonly string[]): boolean {
  const checks = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return checks.some((check) => check.name === 'tracefs' && check.ok === false && Boolean(check.detail) && Boolean(check.hint));
}
