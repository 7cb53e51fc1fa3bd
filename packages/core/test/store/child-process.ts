import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A `store-child` process, and the lines that it printed. */
export class Child {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #ended: Promise<unknown>;
  readonly #reader;

  constructor(args: readonly string[], options: SpawnOptions = {}) {
    const script = fileURLToPath(new URL('./store-child.js', import.meta.url));
    this.process = spawn(process.execPath, ['--enable-source-maps', script, ...args], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#reader = createInterface(this.process.stdout!);
    this.#reader.on('line', (line) => this.lines.push(line));
    this.#ended = Promise.all([once(this.process, 'exit'), once(this.#reader, 'close')]);
  }

  /** The first line; rejects if it ends without one. */
  async firstLine(): Promise<string> {
    if (this.lines.length === 0) await Promise.race([once(this.#reader, 'line'), this.#ended]);
    if (this.lines.length === 0) throw new Error('the child ended and said nothing');
    return this.lines[0];
  }

  /** Kills it with SIGKILL, and waits until all it printed is here. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#ended;
  }

  async end(): Promise<string[]> {
    await this.#ended;
    return this.lines;
  }
}
