import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The command, as users start it. */
export const MAIN = fileURLToPath(new URL('../../../bin/duet.js', import.meta.url));
/** The compiled plugin that takes its time. */
export const SLOW_PLUGIN = fileURLToPath(new URL('../fixtures/slow-plugin.js', import.meta.url));

/** A user without privileges. */
export const NOBODY = 65534;

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly uid?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** A `duet` under way. */
export interface RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stdout matches. Fails if the process ends before. */
  until(pattern: RegExp): Promise<void>;
  /** The same for stderr. */
  warned(pattern: RegExp): Promise<void>;
}

/** A folder for one test, and the state of the commands that it starts. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'duet-cli-'));
  readonly tree = join(this.folder, 'tree');
  readonly state = join(this.folder, 'state');
  readonly #running = new Set<ChildProcess>();

  constructor(files: number, bytes = 5_000) {
    mkdirSync(this.tree);
    for (let i = 0; i < files; i += 1) writeFileSync(join(this.tree, `file-${i}`), Buffer.alloc(bytes, i));
  }

  /** Starts `duet` with these arguments, by default on this workspace's state. */
  start(argv: readonly string[], { uid, env = {} }: StartOptions = {}): RunningCommand {
    const child = spawn(process.execPath, [MAIN, ...argv], {
      env: { ...process.env, DUET_STATE_DIR: this.state, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.#running.add(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close').then(([exitCode]): Ended => {
      this.#running.delete(child);
      return { exitCode: exitCode as number | null, stdout, stderr };
    });
    const matches = async (stream: Readable, text: () => string, pattern: RegExp): Promise<void> => {
      let over = false;
      void ended.then(() => (over = true));
      while (!pattern.test(text())) {
        if (over) throw new Error(`ended before ${pattern}:\n${stdout}${stderr}`);
        await Promise.race([once(stream, 'data'), ended]);
      }
    };
    return {
      process: child,
      ended,
      until: (pattern) => matches(child.stdout, () => stdout, pattern),
      warned: (pattern) => matches(child.stderr, () => stderr, pattern),
    };
  }

  run(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(argv, options).ended;
  }

  remove(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The lines of stdout, parsed. */
export function jsonOf({ stdout }: Ended): Record<string, unknown>[] {
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
