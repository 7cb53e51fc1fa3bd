import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FsType } from '../lab/lab.js';
import type { Bench } from './bench.js';
import type { Figure } from './figures.js';

/** What one scenario came to, and when and how often it was run. */
interface ScenarioResult {
  readonly measured: string;
  readonly reps: number;
  readonly seed: number;
  readonly figures: readonly Omit<Figure, 'scenario'>[];
}

/** What figures were measured on. */
interface Machine {
  readonly kernel: string;
  readonly node: string;
  readonly cpus: number;
  readonly cpu: string;
  readonly memoryGiB: number;
}

export interface ResultsFile {
  readonly machine: Machine;
  readonly fs: FsType;
  readonly scenarios: Readonly<Record<string, ScenarioResult>>;
}

/** Where figures and pictures are kept. */
export const RESULTS_FOLDER = fileURLToPath(new URL('../../../results/', import.meta.url));

/** Writes the figures of the scenarios that ran to `<name>-<fs>.json`; those of others stay as they are in the file. Gives all of it. */
export function writeResults(name: string, { fs, reps, seed, figures }: Bench): ResultsFile {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const path = join(RESULTS_FOLDER, `${name}-${fs}.json`);
  const scenarios = { ...earlier(path) };
  for (const scenario of new Set(figures.map((figure) => figure.scenario))) {
    const own = figures.filter((figure) => figure.scenario === scenario);
    scenarios[scenario] = { measured: new Date().toISOString(), reps, seed, figures: own.map(withoutScenario) };
  }
  const file: ResultsFile = {
    machine: machine(),
    fs,
    scenarios,
  };
  writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

/** This machine. */
export function machine(): Machine {
  return { kernel: release(), node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? '', memoryGiB: Math.round(totalmem() / 2 ** 30) };
}

function withoutScenario({ figure, value, unit, bound, pass, interval }: Figure): Omit<Figure, 'scenario'> {
  return { figure, value, unit, ...(bound && { bound }), ...(pass !== undefined && { pass }), ...(interval && { interval }) };
}

function earlier(path: string): Record<string, ScenarioResult> {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as ResultsFile).scenarios;
  } catch {
    return {};
  }
}
