import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@duet/core';

/** How long a connection outlives its last user, in seconds: one that nobody closes ends by itself. */
const PERSIST_S = 60;

const PREFIX = 'duet-ssh-';

/**
 * One ssh connection that all rsyncs of a run share (ControlMaster): its socket
 * lies in a folder that only its owner can enter.
 *
 * Where it cannot be made or breaks, ssh makes a connection for each rsync.
 */
export class SshMaster {
  readonly #shell: readonly string[];
  readonly #host: string;
  readonly #folder: string;
  readonly #log: Logger;

  /** `shell`: words of the ssh command. `host`: `[user@]host`. */
  constructor(shell: readonly string[], host: string, log: Logger) {
    this.#shell = shell;
    this.#host = host.replace(/^(.*@)?\[(.*)\]$/, '$1$2');
    this.#log = log;
    removeStale();
    this.#folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  }

  /** Words of an ssh command that goes over it. */
  get shell(): readonly string[] {
    return [...this.#shell, '-o', `ControlPath=${this.#socket}`, '-o', 'ControlMaster=no'];
  }

  async open(signal: AbortSignal): Promise<void> {
    // In the background as soon as it is connected; then it holds no stream of this process.
    const exitCode = await this.#ssh(['-f', '-N', '-o', 'ControlMaster=yes', '-o', `ControlPersist=${PERSIST_S}`], signal);
    if (exitCode !== 0) this.#log.warn(`no connection to ${this.#host} to share: ${this.#said() || `ssh exited with ${exitCode}`}`);
  }

  async close(): Promise<void> {
    await this.#ssh(['-O', 'exit']);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #socket(): string {
    return join(this.#folder, 's');
  }

  #ssh(args: readonly string[], signal?: AbortSignal): Promise<number | null> {
    const [program, ...words] = this.#shell;
    const stderr = openSync(join(this.#folder, 'stderr'), 'w', 0o600);
    return new Promise<number | null>((resolve) => {
      const child = spawn(program, [...words, '-o', `ControlPath=${this.#socket}`, ...args, '--', this.#host], { stdio: ['ignore', 'ignore', stderr], ...(signal === undefined ? {} : { signal }) });
      child.once('error', () => resolve(null));
      child.once('exit', (exitCode) => resolve(exitCode));
    }).finally(() => closeSync(stderr));
  }

  #said(): string {
    return readFileSync(join(this.#folder, 'stderr'), 'utf8').trim();
  }
}

/** Removes folders of processes that were killed. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    const path = join(tmpdir(), name);
    if (pid > 0 && !existsSync(`/proc/${pid}`) && lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
  }
}
