import { parseArgs } from 'node:util';
import { Bench } from './bars/bench.js';
import type { Scenario } from './bars/bench.js';
import { writeResults } from './bars/results-file.js';
import { requireTools } from './lab/command.js';
import type { FsType } from './lab/lab.js';
import { coldScenario } from './mirror/cold.js';
import { equalityScenario } from './mirror/equality.js';
import { killScenario } from './mirror/kill.js';
import { smallCacheScenario } from './mirror/small-cache.js';
import { smallFilesScenario, speedScenario } from './mirror/speed.js';

const SCENARIOS: readonly Scenario[] = [equalityScenario, coldScenario, smallCacheScenario, speedScenario, smallFilesScenario, killScenario];
const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];

const USAGE = `usage: npm run bench:rsync -- [scenario…] [--fs ext4|xfs|btrfs[,…]] [--reps N] [--seed N]

${SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(20)}${scenario.summary}`).join('\n')}

Without a name: all. --fs: default ext4. --reps: default 5. --seed: default 1.
Exit code: 0 all bars hold, 1 one does not, 2 wrong usage.`;

/** What the command line asks for; undefined if it cannot be understood. */
function request(): { scenarios: readonly Scenario[]; fileSystems: FsType[]; reps: number; seed: number } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { fs: { type: 'string', default: 'ext4' }, reps: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
    });
    const scenarios = positionals.length ? SCENARIOS.filter((scenario) => positionals.includes(scenario.name)) : SCENARIOS;
    const fileSystems = FILE_SYSTEMS.filter((fs) => values.fs.split(',').includes(fs));
    const [reps, seed] = [Number(values.reps), Number(values.seed)];
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name)) && fileSystems.length === values.fs.split(',').length;
    return known && Number.isInteger(reps) && reps > 0 && Number.isInteger(seed) ? { scenarios, fileSystems, reps, seed } : undefined;
  } catch {
    return undefined;
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function measure(bench: Bench, scenarios: readonly Scenario[]): Promise<boolean> {
  let broken = false;
  for (const scenario of scenarios) {
    try {
      await bench.run(scenario);
    } catch (error) {
      broken = true;
      print(`${bench.fs.padEnd(6)}${scenario.name.padEnd(20)}FAIL: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await bench.closeDisks();
  writeResults('issue6-rsync', bench);
  return !broken && !bench.failed;
}

const asked = request();
if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  requireTools('losetup', 'fincore', 'rsync', 'sshd', 'setfacl', 'setfattr', ...asked.fileSystems.map((fs) => `mkfs.${fs}`));
  for (const fs of asked.fileSystems) {
    if (!(await measure(new Bench(fs, asked.reps, asked.seed, print), asked.scenarios))) process.exitCode = 1;
  }
}
