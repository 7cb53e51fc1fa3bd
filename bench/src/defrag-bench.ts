import { parseArgs } from 'node:util';
import { Bench } from './bars/bench.js';
import type { Scenario } from './bars/bench.js';
import { writeResults } from './bars/results-file.js';
import { allScenario } from './defrag/all.js';
import { halfCachedScenario } from './defrag/half-cached.js';
import { STOCK_TOOLS } from './defrag/stock-tool.js';
import { requireTools } from './lab/command.js';
import type { FsType } from './lab/lab.js';

const SCENARIOS: readonly Scenario[] = [allScenario, halfCachedScenario];
const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];

const USAGE = `usage: npm run bench:defrag -- [scenario…] [--fs ext4|xfs|btrfs[,…]] [--reps N]

${SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(20)}${scenario.summary}`).join('\n')}

Without a name: all. --fs: default all three. --reps: default 1.
Needs root. Exit code: 0 all bars hold, 1 one does not, 2 wrong usage.`;

interface Request {
  readonly scenarios: readonly Scenario[];
  readonly fileSystems: readonly FsType[];
  readonly reps: number;
}

/** What the command line asks for; undefined if it cannot be understood. */
function request(): Request | undefined {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { fs: { type: 'string', default: FILE_SYSTEMS.join() }, reps: { type: 'string', default: '1' } } });
    const names = values.fs.split(',');
    const scenarios = positionals.length ? SCENARIOS.filter((scenario) => positionals.includes(scenario.name)) : SCENARIOS;
    const fileSystems = FILE_SYSTEMS.filter((fs) => names.includes(fs));
    const reps = Number(values.reps);
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name)) && fileSystems.length === names.length;
    return known && Number.isInteger(reps) && reps > 0 ? { scenarios, fileSystems, reps } : undefined;
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
    await bench.closeDisks();
  }
  writeResults('issue6-defrag', bench);
  return !broken && !bench.failed;
}

const asked = request();
if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  requireTools('losetup', 'fincore', 'xargs', 'sha256sum', 'filefrag', ...asked.fileSystems.flatMap((fs) => [`mkfs.${fs}`, STOCK_TOOLS[fs]]));
  for (const fs of asked.fileSystems) {
    if (!(await measure(new Bench(fs, asked.reps, 1, print), asked.scenarios))) process.exitCode = 1;
  }
}
