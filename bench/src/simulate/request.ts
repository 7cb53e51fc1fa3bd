import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { trace, uniform, zipf } from './foreground.js';
import type { Foreground } from './foreground.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import type { Setting } from './setting.js';
import { parseTask, TASK_SYNTAX } from './task-spec.js';
import type { TaskSpec } from './task-spec.js';

const MAX_TASKS = 16;
const TIB = 2 ** 40;

const OPTIONS = {
  units: { type: 'string', default: '1000000' },
  data: { type: 'string', default: '10' },
  cache: { type: 'string', default: '64' },
  disk: { type: 'string', default: '200' },
  seek: { type: 'string', default: '0' },
  task: { type: 'string', multiple: true },
  foreground: { type: 'string' },
  results: { type: 'string', default: fileURLToPath(new URL('../../../results/', import.meta.url)) },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const USAGE = `usage: npm run simulate -- [scenario…] [--units N] [--task SPEC]… [--foreground SPEC] [options]

Runs the planner in virtual time, and computes beside it the fewest reads with
which all deadlines are kept by one who knows the future.

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

Without a name: all. With --task: these tasks, and no scenario.
--task:       ${TASK_SYNTAX},
              times in s, m, h, d or w; at most ${MAX_TASKS} of them
--foreground: zipf:N or uniform:N for N MB/s that applications read, or a file of lines 'ms unit'
--units:      into how many units the data is cut, default 1000000
--data:       TiB, default 10    --cache: GiB, default 64
--disk:       MB/s, default 200  --seek:  ms that a read costs if it does not follow the one before, default 0
--results:    the folder for figures and pictures, default bench/results
--json:       figures and curves as one JSON object, instead of the table
Exit code: 0 all bars hold, 1 one does not, 2 wrong usage.`;

/** What the command line asks for. */
export interface Request {
  readonly scenarios: readonly Scenario[];
  readonly resultsPath: string;
  readonly json: boolean;
  readonly help: boolean;
  settingOf(scenario: Scenario): Setting;
}

/** Reads the arguments; gives what is wrong if they can't be understood. */
export function request(args: readonly string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const units = positive('units', values.units);
    const dataBytes = positive('data', values.data) * TIB;
    const cacheBytes = positive('cache', values.cache) * 2 ** 30;
    const disk = { bytesPerSecond: positive('disk', values.disk) * 1e6, seekMs: Number(values.seek) };
    if (!Number.isInteger(units)) return `--units is a whole number: ${units}`;
    if (!(disk.seekMs >= 0)) return `--seek is a number from 0: ${values.seek}`;
    const foreground = values.foreground === undefined ? undefined : foregroundOf(values.foreground);
    const tasks = values.task?.map(taskOf) ?? [];
    if (tasks.length > MAX_TASKS) return `at most ${MAX_TASKS} tasks`;
    const own: Scenario = { name: 'tasks', summary: 'tasks of the command line', tasks, isDeclared: foreground === undefined && tasks.every(({ startMs }) => startMs === 0) };
    const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
    if (unknown !== undefined) return `no scenario '${unknown}'`;
    return {
      scenarios: tasks.length > 0 ? [own] : SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
      resultsPath: values.results,
      json: values.json,
      help: values.help,
      settingOf: (scenario) => settingOf(scenario, { units, unitBytes: Math.ceil(dataBytes / units), cacheBytes, disk, ...(foreground && { foreground }) }),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The scenario's tasks, and its applications unless the frame has some. */
export function settingOf({ tasks, foreground }: Scenario, frame: Omit<Setting, 'tasks' | 'horizonMs'>): Setting {
  const deadlines = tasks.map(({ deadlineMs }) => deadlineMs).filter((ms) => ms < Infinity);
  return { ...(foreground && { foreground }), ...frame, tasks, horizonMs: deadlines.length === 0 ? Infinity : Math.max(...deadlines) };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new Error(`--${name} is a number above 0: ${text}`);
  return value;
}

function taskOf(text: string): TaskSpec {
  const spec = parseTask(text);
  if (spec === undefined) throw new Error(`not ${TASK_SYNTAX}: ${text}`);
  return spec;
}

function foregroundOf(text: string): Foreground {
  const [, law, rate] = /^(zipf|uniform):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (law === undefined) return trace(text);
  return law === 'zipf' ? zipf(Number(rate) * 1e6, 1) : uniform(Number(rate) * 1e6, 1);
}
