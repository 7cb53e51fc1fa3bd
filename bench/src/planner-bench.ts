import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './bars/bench.js';
import type { Scenario } from './bars/bench.js';
import { RESULTS_FOLDER, writeResults } from './bars/results-file.js';
import { requireTools } from './lab/command.js';
import type { FsType } from './lab/lab.js';
import { allWorkersScenario } from './planner/all-workers.js';
import { comparison } from './planner/comparison.js';
import { foregroundScenario } from './planner/foreground.js';
import { halfCachedScenario } from './planner/half-cached.js';
import { hotSetScenario } from './planner/hot-set.js';
import { joinScenario } from './planner/join.js';
import { latencyTable, readsTable, wallsTable } from './planner/markdown.js';
import { picture } from './planner/picture.js';
import { summaryFiguresScenario } from './planner/summary-figures.js';
import { threeColdScenario, threeColdSmallScenario } from './planner/three-cold.js';

const SCENARIOS: readonly Scenario[] = [threeColdScenario, threeColdSmallScenario, joinScenario, halfCachedScenario, hotSetScenario, foregroundScenario, summaryFiguresScenario, allWorkersScenario];
const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];

const USAGE = `usage: npm run bench -- [scenario…] [--fs ext4|xfs|btrfs[,…]] [--reps N] [--json]

Three tasks in one run of Duet, and the programs that people use for them today.

${SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(17)}${scenario.summary}`).join('\n')}

Without a name: all. --fs: default ext4. --reps: default 3. --json: the results
as one JSON object a file system, instead of tables.
Needs root, restic, rsync and gcc, and nothing else that uses the machine.
Exit code: 0 all bars hold, 1 one does not, 2 wrong usage.`;

interface Request {
  readonly scenarios: readonly Scenario[];
  readonly fileSystems: readonly FsType[];
  readonly reps: number;
  readonly json: boolean;
}

/** What the command line asks for; undefined if it cannot be understood. */
function request(): Request | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        fs: { type: 'string', default: 'ext4' },
        reps: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const names = values.fs.split(',');
    const scenarios = positionals.length ? SCENARIOS.filter((scenario) => positionals.includes(scenario.name)) : SCENARIOS;
    const fileSystems = FILE_SYSTEMS.filter((fs) => names.includes(fs));
    const reps = Number(values.reps);
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name)) && fileSystems.length === names.length;
    return known && Number.isInteger(reps) && reps > 0 ? { scenarios, fileSystems, reps, json: values.json } : undefined;
  } catch {
    return undefined;
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Whether all could be measured and every bar holds. */
async function measure(bench: Bench, { scenarios, json }: Request): Promise<boolean> {
  let broken = false;
  for (const scenario of scenarios) {
    try {
      await bench.run(scenario);
    } catch (error) {
      broken = true;
      process.stderr.write(`${bench.fs} ${scenario.name} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  await bench.closeDisks();
  const results = writeResults('issue4', bench);
  const reads = comparison(results, 'device reads / data');
  const walls = comparison(results, 'wall time');
  if (reads.length > 0) draw(bench.fs, 'reads', picture(`Bytes read from the disk / data (${bench.fs})`, reads, ['three peers', 'Duet', 'floor'], 2));
  if (walls.length > 0) draw(bench.fs, 'wall', picture(`Wall time in seconds (${bench.fs})`, walls, ['three peers', 'Duet', 'slowest task alone'], 1));
  if (json) print(JSON.stringify(results, null, 2));
  else print(`\n${readsTable(reads)}\n\n${wallsTable(walls)}\n\n${latencyTable(comparison(results, 'read latency, median'), comparison(results, 'read latency, p99'), walls)}\n`);
  return !broken && !bench.failed;
}

function draw(fs: FsType, name: string, svg: string): void {
  writeFileSync(join(RESULTS_FOLDER, `issue4-${fs}-${name}.svg`), svg);
}

const asked = request();
if (asked === 'help') {
  print(USAGE);
} else if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  requireTools('losetup', 'fincore', 'find', 'xargs', 'sha256sum', 'restic', 'rsync', 'gcc', 'ionice', ...asked.fileSystems.map((fs) => `mkfs.${fs}`));
  for (const fs of asked.fileSystems) {
    if (!(await measure(new Bench(fs, asked.reps, 1, asked.json ? () => undefined : print), asked))) process.exitCode = 1;
  }
}
