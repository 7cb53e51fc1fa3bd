import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Disk } from '../bars/bench.js';
import type { Group } from '../lab/cgroups.js';
import { command } from '../lab/command.js';
import { LabError } from '../lab/lab-error.js';
import type { Access } from './accesses.js';

const SOURCE = fileURLToPath(new URL('../../../src/foreground/reader.c', import.meta.url));

/** A read that was made; times are ms, `atMs` is CLOCK_MONOTONIC. */
export interface MadeRead {
  readonly atMs: number;
  readonly tookMs: number;
}

/** What the program made of its accesses, in their order. */
export interface ForegroundRun {
  readonly reads: readonly MadeRead[];
  readonly peakAnonBytes: number;
}

/** The program at work. */
export interface Foreground {
  readonly pid: number;
  /** Stops it. @throws {LabError} if it failed, or came to the end of its accesses before. */
  stop(): Promise<ForegroundRun>;
}

/** Compiles the program into `folder`; gives its path. */
export function buildReader(folder: string): string {
  const program = join(folder, 'foreground-reader');
  command('gcc', ['-O2', '-Wall', '-Wextra', '-o', program, SOURCE]);
  return program;
}

/** Command of the program on files of the disk's tree. */
export function readerCommand(program: string, root: string, paths: readonly string[]): string[] {
  return [program, ...paths.map((path) => join(root, path))];
}

/** Accesses as the program takes them. */
export function readerInput(accesses: readonly Access[]): Buffer {
  return Buffer.from(accesses.map(({ file, offset }) => `${file} ${offset}\n`).join(''));
}

/** One line of what it prints. */
export function parseMadeRead(line: string): MadeRead {
  const [atMs, tookMs] = line.split(' ').map(Number);
  return { atMs, tookMs };
}

/** Starts the program on the disk's tree. */
export function startForeground({ lab, root, tree }: Disk, program: string, group: Group, accesses: readonly Access[]): Foreground {
  const reads: MadeRead[] = [];
  const running = lab.start(readerCommand(program, root, tree.files.map((file) => file.path)), {
    group,
    input: readerInput(accesses),
    onLine: (line) => reads.push(parseMadeRead(line)),
  });
  return {
    pid: running.pid,
    async stop() {
      running.kill('SIGTERM');
      const { exitCode, signal, stderr, peakAnonBytes } = await running.result;
      if (exitCode !== 0) throw new LabError(`the foreground program failed (${exitCode ?? signal}): ${stderr.trim()}`);
      if (reads.length === accesses.length) throw new LabError('the foreground program had nothing left to read before it was stopped');
      return { reads, peakAnonBytes };
    },
  };
}
