import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duet } from '../duet/duet-command.js';
import { parseLine } from '../duet/lines.js';
import type { CheckpointLine, ProblemLine, StartLine, SummaryLine, UnitLine } from '../duet/lines.js';
import { LAB_ENV } from '../lab/command.js';
import { LabError } from '../lab/lab-error.js';

const ENV = { ...LAB_ENV, RESTIC_PASSWORD: 'measured' };

/** How a program ended, and what it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `duet run backup`, ended; in a killed one `summary` is missing. */
export interface BackupRun extends Ended {
  readonly signal: NodeJS.Signals | null;
  readonly start: StartLine | undefined;
  readonly units: readonly UnitLine[];
  readonly checkpoints: readonly CheckpointLine[];
  readonly problems: readonly ProblemLine[];
  readonly summary: SummaryLine | undefined;
}

/** One under way. */
export interface RunningBackup {
  readonly process: ChildProcess;
  readonly done: Promise<BackupRun>;
}

/**
 * A folder to try backups in: a tree, a repository, states, targets; and the
 * programs that work on it, `duet` of this checkout and the installed restic.
 * Remove it in the end.
 */
export class Workshop {
  readonly folder = mkdtempSync(join(process.env['DUET_LAB_DIR'] ?? tmpdir(), 'duet-workshop-'));
  readonly tree = this.at('tree');

  constructor() {
    mkdirSync(this.tree);
    // All that is made beside the tree is made in here: the folder above the tree does not change any more.
    mkdirSync(this.at('beside'));
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** A place beside the tree. */
  beside(name: string): string {
    return join(this.folder, 'beside', name);
  }

  /** Runs restic on a repository, and gives what it printed. @throws {LabError} if it complains */
  restic(repo: string, ...args: readonly string[]): string {
    return succeeded('restic', run('restic', ['--no-cache', '--repo', repo, ...args]));
  }

  /** The same, however it ends. */
  tryRestic(repo: string, ...args: readonly string[]): Ended {
    return run('restic', ['--no-cache', '--repo', repo, ...args]);
  }

  /** Starts restic without waiting for it. */
  startRestic(repo: string, ...args: readonly string[]): Promise<Ended> {
    const child = spawn('restic', ['--no-cache', '--repo', repo, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    return ended(child);
  }

  /** Runs a command of the plugin to its end, `duet backup …`. @throws {LabError} if it exits with another code than 0 */
  command(repo: string, ...args: readonly string[]): string {
    const [program, ...rest] = duet('backup', ...args, '--repo', repo, '--state', this.beside('command-state'), '--json');
    return succeeded(`duet backup ${args.join(' ')}`, run(program, rest));
  }

  /** Starts `duet run backup` of the tree, or of another path. */
  start(repo: string, state: string, args: readonly string[] = [], path = this.tree): RunningBackup {
    const [program, ...rest] = duet('run', 'backup', '--path', path, '--state', state, '--set', `backup.repo=${repo}`, '--json', '--verbose', ...args);
    const child = spawn(program, rest, { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    return { process: child, done: ended(child).then(backupRun) };
  }

  /** Runs it to its end. @throws {LabError} if it exits with another code than `expect` */
  async backUp(repo: string, state: string, args: readonly string[] = [], path = this.tree, expect = 0): Promise<BackupRun> {
    const result = await this.start(repo, state, args, path).done;
    if (result.exitCode === expect) return result;
    throw new LabError(`duet run backup exited with ${result.exitCode ?? result.signal}, not ${expect}: ${result.stderr.trim()} ${JSON.stringify(result.problems)}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `work` in a workshop that is removed afterwards. */
export async function inWorkshop<T>(work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const workshop = new Workshop();
  try {
    return await work(workshop);
  } finally {
    workshop.remove();
  }
}

/** Bytes of all files below a folder. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0), 0);
}

function run(program: string, args: readonly string[]): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, args, { env: ENV, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw new LabError(`${program} cannot be started: ${error.message}`);
  return { exitCode: status, stdout, stderr };
}

function succeeded(what: string, { exitCode, stdout, stderr }: Ended): string {
  if (exitCode === 0) return stdout;
  throw new LabError(`${what} exited with ${exitCode}: ${stderr.trim()} ${stdout.slice(-2000).trim()}`);
}

function ended(child: ChildProcess): Promise<Ended & { signal: NodeJS.Signals | null }> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
}

function backupRun(result: Ended & { signal: NodeJS.Signals | null }): BackupRun {
  const texts = result.stdout.split('\n').filter((text) => text !== '');
  // A killed run may have been cut off within a line.
  if (result.signal !== null && !result.stdout.endsWith('\n')) texts.pop();
  const lines = texts.map(parseLine);
  return {
    ...result,
    start: lines.find((line) => line.type === 'start'),
    units: lines.filter((line) => line.type === 'unit'),
    checkpoints: lines.filter((line) => line.type === 'checkpoint'),
    problems: lines.filter((line) => line.type === 'problem'),
    summary: lines.find((line) => line.type === 'summary'),
  };
}
