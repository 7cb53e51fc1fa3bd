import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ALL_GROUPS, GROUPS } from './fidelity/groups.js';
import { FidelityRun, holds } from './fidelity/fidelity-run.js';
import type { FidelityOptions, FidelityResult } from './fidelity/fidelity-run.js';
import type { FsType } from './lab/lab.js';

const FILE_SYSTEMS: readonly FsType[] = ['ext4', 'xfs', 'btrfs'];
/** Kernel buffers that overrun at once. */
const SMALL_BUFFER_KB = 32;

const USAGE = `usage: npm run fidelity -- [--fs ext4,xfs,btrfs] [--seeds 1,2,3] [--events N] [option…]

Works at random on file systems of its own while sessions watch, and at each
quiet moment compares what they were told with mincore and cachestat.

  --fs LIST         ext4, xfs, btrfs; default all three
  --seeds LIST      one run each; default 1. The same seed does the same again, but for timing
  --events N        page events a run, at least; default 5000000
  --burst N         operations of each process between two quiet moments; default 150
  --only LIST       only these groups of operations
  --without LIST    all groups but these
  --small-buffers   kernel buffers of ${SMALL_BUFFER_KB} KiB a CPU: events are lost, and must be made good for
  --result FILE     writes the figures there, as JSON

Groups:
${ALL_GROUPS.map((group) => `  ${group.padEnd(12)}${GROUPS[group]}`).join('\n')}

Exit code: 0 no difference, 1 a difference or an unnoticed loss, 2 wrong usage. Needs root.`;

interface Request {
  readonly runs: readonly FidelityOptions[];
  readonly result: string | undefined;
}

/** What the command line asks for; undefined if it cannot be understood. */
function request(): Request | undefined {
  try {
    const { values } = parseArgs({
      options: {
        fs: { type: 'string', default: FILE_SYSTEMS.join(',') },
        seeds: { type: 'string', default: '1' },
        events: { type: 'string', default: '5000000' },
        burst: { type: 'string', default: '150' },
        only: { type: 'string', default: ALL_GROUPS.join(',') },
        without: { type: 'string', default: '' },
        'small-buffers': { type: 'boolean', default: false },
        result: { type: 'string' },
      },
    });
    const fileSystems = among(FILE_SYSTEMS, values.fs);
    const without = among(ALL_GROUPS, values.without);
    const groups = among(ALL_GROUPS, values.only).filter((group) => !without.includes(group));
    const seeds = values.seeds.split(',').map(Number);
    const [events, burst] = [Number(values.events), Number(values.burst)];
    if (!seeds.every(Number.isInteger) || !(events > 0) || !(burst > 0) || fileSystems.length === 0 || groups.length === 0) return undefined;
    const buffers = values['small-buffers'] ? { bufferKbPerCpu: SMALL_BUFFER_KB } : {};
    const runs = fileSystems.flatMap((fs) => seeds.map((seed) => ({ fs, seed, events, burst, groups, ...buffers })));
    return { runs, result: values.result };
  } catch {
    return undefined;
  }
}

/** The names in a list separated by commas. @throws if one is not known. */
function among<T extends string>(known: readonly T[], list: string): T[] {
  const names = list.split(',').filter(Boolean);
  for (const name of names) if (!known.includes(name as T)) throw new Error(`there is no ${name}`);
  return names as T[];
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function summary(result: FidelityResult): string {
  return [
    `${result.fs} seed ${result.seed}: ${result.differingPages} differing pages, ${result.repeatedPages} told twice, ${result.unstable} never stood still`,
    `  ${result.events} page events, ${result.pagesTold} pages told to ${result.sessions} sessions; ${result.lost} lost in ${result.losses} told losses (kernel: ${result.overruns}), ${result.filesReread} files read again`,
    `  ${result.operations} operations (${result.refused} refused), ${result.quietMoments} quiet moments, up to ${result.filesMost} files, ${result.comparisons} comparisons of ${result.comparedPages} pages (${result.unreadPages} cached, but not up to date)`,
    `  slowest agreement ${result.slowestMs} ms, ${result.slow} over a second; ${result.seconds} s`,
  ].join('\n');
}

const asked = request();
if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const results: FidelityResult[] = [];
  for (const options of asked.runs) {
    const result = await new FidelityRun(options, print).run();
    results.push(result);
    print(summary(result));
    if (!holds(result)) {
      process.exitCode = 1;
      const missing = ALL_GROUPS.filter((group) => !options.groups.includes(group));
      print(`  again: npm run fidelity -- --fs ${options.fs} --seeds ${options.seed} --events ${options.events} --burst ${options.burst}${missing.length ? ` --without ${missing.join(',')}` : ''}${options.bufferKbPerCpu === undefined ? '' : ' --small-buffers'}`);
    }
  }
  if (asked.result !== undefined) {
    mkdirSync(dirname(asked.result), { recursive: true });
    writeFileSync(asked.result, `${JSON.stringify(results, null, 2)}\n`);
  }
}
