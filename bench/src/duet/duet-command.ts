import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LabError } from '../lab/lab-error.js';
import type { Lab } from '../lab/lab.js';
import type { Program, ProgramOptions, ProgramResult } from '../lab/program.js';
import { parseLine } from './lines.js';
import type { CheckpointLine, LostLine, ProblemLine, StartLine, SummaryLine, UnitLine } from './lines.js';

const MAIN = fileURLToPath(new URL('../../../../packages/cli/bin/duet.js', import.meta.url));

/** The `duet` command of this checkout, with `args`. @throws {LabError} if it was not built. */
export function duet(...args: readonly string[]): string[] {
  if (!existsSync(MAIN)) throw new LabError('the duet command is not built: npm run build');
  return [process.execPath, MAIN, ...args];
}

export interface DuetOptions extends Omit<ProgramOptions, 'onLine'> {
  readonly path: string;
  /** Folder of the state database. */
  readonly state: string;
  /** Asks for a line for each unit. */
  readonly units?: boolean;
  readonly args?: readonly string[];
  /** Asks it to stop (SIGTERM) if it takes longer; no failure, whether it had to be or not. */
  readonly mostMs?: number;
}

/** A line and when it arrived, ms of CLOCK_MONOTONIC. */
export type Arrived<Line> = Line & { readonly arrivedMs: number };

/** What `duet run` printed and took. In a killed run `summary` is missing. */
export interface DuetRun extends ProgramResult {
  readonly start: Arrived<StartLine> | undefined;
  readonly units: readonly Arrived<UnitLine>[];
  readonly checkpoints: readonly Arrived<CheckpointLine>[];
  readonly problems: readonly ProblemLine[];
  readonly lost: readonly LostLine[];
  readonly summary: SummaryLine | undefined;
}

/** A `duet run` in a lab. */
export interface RunningDuet {
  readonly program: Program;
  /** Resolves when it says that it started, or ends. */
  readonly started: Promise<void>;
  readonly done: Promise<DuetRun>;
}

/** Starts a scrub of `path`. */
export function startScrub(lab: Lab, options: DuetOptions): RunningDuet {
  return startDuet(lab, ['scrub'], options);
}

/** Starts one run of tasks on `path`. */
export function startDuet(lab: Lab, tasks: readonly string[], options: DuetOptions): RunningDuet {
  let start: Arrived<StartLine> | undefined;
  let summary: SummaryLine | undefined;
  let broken: unknown;
  const units: Arrived<UnitLine>[] = [];
  const checkpoints: Arrived<CheckpointLine>[] = [];
  const problems: ProblemLine[] = [];
  const lost: LostLine[] = [];
  let announce = (): void => undefined;
  const started = new Promise<void>((resolve) => (announce = resolve));
  const onLine = (text: string, arrivedMs: number): void => {
    try {
      const line = parseLine(text);
      if (line.type === 'unit') units.push({ ...line, arrivedMs });
      else if (line.type === 'checkpoint') checkpoints.push({ ...line, arrivedMs });
      else if (line.type === 'problem') problems.push(line);
      else if (line.type === 'lost') lost.push(line);
      else if (line.type === 'start') {
        start = { ...line, arrivedMs };
        announce();
      }
      else if (line.type === 'summary') summary = line;
    } catch (error) {
      broken ??= error;
    }
  };
  const argv = duet('run', ...tasks, '--path', options.path, '--state', options.state, '--json', ...(options.units ? ['--verbose'] : []), ...(options.args ?? []));
  const program = lab.start(argv, { ...options, onLine });
  const finish = async (): Promise<DuetRun> => {
    const result = await program.result.finally(announce);
    // A killed run may have been cut off within a line.
    if (broken !== undefined && result.signal === null) throw broken;
    return { ...result, start, units, checkpoints, problems, lost, summary };
  };
  const done = finish();
  done.catch(() => undefined);
  return { program, started, done };
}

/** Scrubs `path` to the end. @throws {LabError} if it exits with another code than `expect`. */
export function scrub(lab: Lab, options: DuetOptions, expect = 0): Promise<DuetRun> {
  return runDuet(lab, ['scrub'], options, expect);
}

/** Exit code of a run that SIGTERM stopped after a checkpoint. */
const STOPPED = 143;

/** Runs tasks on `path` to the end. @throws {LabError} if it exits with another code than `expect`. */
export async function runDuet(lab: Lab, tasks: readonly string[], options: DuetOptions, expect = 0): Promise<DuetRun> {
  const { program, done } = startDuet(lab, tasks, options);
  const timer = options.mostMs === undefined ? undefined : setTimeout(() => program.kill('SIGTERM'), options.mostMs);
  const run = await done.finally(() => clearTimeout(timer));
  if (run.exitCode !== expect && !(options.mostMs !== undefined && run.exitCode === STOPPED)) {
    const problems = run.problems.slice(0, 5).map((problem) => `\n  ${problem.code} ${problem.path}: ${problem.message}`);
    throw new LabError(`duet run exited with ${run.exitCode ?? run.signal}, not ${expect}: ${run.stderr.trim()}${problems.join('')}`);
  }
  return run;
}
