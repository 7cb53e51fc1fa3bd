import { parseArgs } from 'node:util';
import { Bench } from './bars/bench.js';
import type { Scenario } from './bars/bench.js';
import { isOpen, row } from './bars/figures.js';
import { machine, writeResults } from './bars/results-file.js';
import { buildScenario } from './cost/build.js';
import { ownCpuScenario } from './cost/own-cpu.js';
import { rewriteScenario } from './cost/rewrite.js';
import { requireTools } from './lab/command.js';
import type { FsType } from './lab/lab.js';

const SCENARIOS: readonly Scenario[] = [rewriteScenario, buildScenario, ownCpuScenario];
const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];

const USAGE = `usage: npm run bench:cost -- [scenario…] [--fs ext4|xfs|btrfs[,…]] [--pairs N] [--json]

What watching costs others, with a task and without in turn, and Duet itself.

${SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(10)}${scenario.summary}`).join('\n')}

Without a name: all. --fs: default ext4,xfs,btrfs. --pairs: default 10; more of
them narrow the noise. --json: figures as one JSON object, instead of a table.
Figures also go to bench/results/issue3-cost-<fs>.json.
Needs root, gcc, and nothing else that uses the machine.
Exit code: 0 all bars hold, 1 one does not, or noise leaves it open, 2 wrong usage.`;

interface Request {
  readonly scenarios: readonly Scenario[];
  readonly fileSystems: readonly FsType[];
  readonly pairs: number;
  readonly json: boolean;
}

/** What the command line asks for; undefined if it cannot be understood. */
function request(): Request | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        fs: { type: 'string', default: FILE_SYSTEMS.join(',') },
        pairs: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const names = values.fs.split(',');
    const scenarios = positionals.length ? SCENARIOS.filter((scenario) => positionals.includes(scenario.name)) : SCENARIOS;
    const fileSystems = FILE_SYSTEMS.filter((fs) => names.includes(fs));
    const pairs = Number(values.pairs);
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name)) && fileSystems.length === names.length;
    return known && Number.isInteger(pairs) && pairs > 0 ? { scenarios, fileSystems, pairs, json: values.json } : undefined;
  } catch {
    return undefined;
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function measure({ scenarios, fileSystems, pairs, json }: Request): Promise<boolean> {
  requireTools('gcc', 'losetup', 'fincore', ...fileSystems.map((fs) => `mkfs.${fs}`));
  const benches = fileSystems.map((fs) => new Bench(fs, pairs, 1, json ? () => undefined : print));
  for (const bench of benches) {
    try {
      for (const scenario of scenarios) await bench.run(scenario);
      writeResults('issue3-cost', bench);
    } finally {
      await bench.closeDisks();
    }
  }
  const figures = benches.flatMap(({ fs, figures }) => figures.map((figure) => ({ fs, ...figure })));
  if (json) print(JSON.stringify({ machine: machine(), pairs, figures }, null, 2));
  const missed = figures.filter((figure) => figure.pass === false);
  const open = figures.filter(isOpen);
  for (const figure of missed) process.stderr.write(`missed: ${row(figure.fs, figure)}\n`);
  for (const figure of open) process.stderr.write(`noise leaves it open: ${row(figure.fs, figure)}\n`);
  return missed.length + open.length === 0;
}

const asked = request();
if (asked === 'help') {
  print(USAGE);
} else if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else if (!(await measure(asked))) {
  process.exitCode = 1;
}
