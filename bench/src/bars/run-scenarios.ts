import { parseArgs } from 'node:util';
import { requireTools } from '../lab/command.js';
import type { FsType } from '../lab/lab.js';
import { Bench } from './bench.js';
import type { Scenario } from './bench.js';
import { writeResults } from './results-file.js';

const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];
const USUAL: readonly FsType[] = ['ext4'];

/** A command that measures scenarios. */
export interface ScenarioCommand {
  /** As it is called: `npm run bars -w bench`. */
  readonly name: string;
  readonly scenarios: readonly Scenario[];
  /** Name of the file of results. */
  readonly results: string;
  /** Programs that have to be installed; and those for a file system, beside the one that makes it. */
  readonly tools: readonly string[];
  readonly fsTools?: Readonly<Record<FsType, string>>;
  /** File systems to measure on, unless the caller says so; default ext4. */
  readonly fileSystems?: readonly FsType[];
  /** Whether each scenario has disks of its own, which go when it is over. */
  readonly ownDisks?: boolean;
  /** How often what has a time or a share is repeated, unless the caller says so. */
  readonly reps: number;
}

interface Request {
  readonly scenarios: readonly Scenario[];
  readonly fileSystems: readonly FsType[];
  readonly reps: number;
  readonly seed: number;
}

/** Measures what the command line asks for, prints and writes the figures, and sets the exit code. */
export async function runScenarios(command: ScenarioCommand): Promise<void> {
  const asked = requestOf(command);
  if (asked === undefined) {
    process.stderr.write(`${usage(command)}\n`);
    process.exitCode = 2;
    return;
  }
  const { fsTools } = command;
  requireTools(...command.tools, ...asked.fileSystems.flatMap((fs) => [`mkfs.${fs}`, ...(fsTools === undefined ? [] : [fsTools[fs]])]));
  for (const fs of asked.fileSystems) {
    if (!(await measure(new Bench(fs, asked.reps, asked.seed, print), asked.scenarios, command))) process.exitCode = 1;
  }
}

function usage({ name, scenarios, reps, fileSystems = USUAL }: ScenarioCommand): string {
  return `usage: ${name} -- [scenario…] [--fs ext4|xfs|btrfs[,…]] [--reps N] [--seed N]

${scenarios.map((scenario) => `  ${scenario.name.padEnd(20)}${scenario.summary}`).join('\n')}

Without a name: all. --fs: default ${fileSystems.join()}. --reps: default ${reps}. --seed: default 1.
Exit code: 0 all bars hold, 1 one does not, 2 wrong usage.`;
}

/** Undefined if it cannot be understood. */
function requestOf({ scenarios: all, reps: defaultReps, fileSystems: usual = USUAL }: ScenarioCommand): Request | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { fs: { type: 'string', default: usual.join() }, reps: { type: 'string', default: String(defaultReps) }, seed: { type: 'string', default: '1' } },
    });
    const scenarios = positionals.length > 0 ? all.filter((scenario) => positionals.includes(scenario.name)) : all;
    const fileSystems = FILE_SYSTEMS.filter((fs) => values.fs.split(',').includes(fs));
    const reps = Number(values.reps);
    const seed = Number(values.seed);
    const known = positionals.every((name) => all.some((scenario) => scenario.name === name)) && fileSystems.length === values.fs.split(',').length;
    return known && Number.isInteger(reps) && reps > 0 && Number.isInteger(seed) ? { scenarios, fileSystems, reps, seed } : undefined;
  } catch {
    return undefined;
  }
}

async function measure(bench: Bench, scenarios: readonly Scenario[], { results, ownDisks = false }: Pick<ScenarioCommand, 'results' | 'ownDisks'>): Promise<boolean> {
  let broken = false;
  for (const scenario of scenarios) {
    try {
      await bench.run(scenario);
    } catch (error) {
      broken = true;
      print(`${bench.fs.padEnd(6)}${scenario.name.padEnd(20)}FAIL: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (ownDisks) await bench.closeDisks();
  }
  await bench.closeDisks();
  writeResults(results, bench);
  return !broken && !bench.failed;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
