import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../lab/command.js';
import { Lab } from '../lab/lab.js';
import type { Random } from '../tree/random.js';
import type { Playground } from './playground.js';

const FOREIGN_BYTES = 64 << 20;
const FOREIGN_FILES = 5;

/** Mounts that come and go below the watched path: folders from elsewhere on the file system, and another file system. */
export class MountPlay {
  readonly #ground: Playground;
  readonly #random: Random;
  readonly #print: (line: string) => unknown;
  readonly #foreign = new Lab({ fs: 'ext4', sizeBytes: FOREIGN_BYTES });
  readonly #points: readonly string[];
  readonly #mounted = new Set<string>();

  constructor(ground: Playground, random: Random, print: (line: string) => unknown) {
    this.#ground = ground;
    this.#random = random;
    this.#print = print;
    this.#points = ['mount-0', 'mount-1'].map((name) => join(ground.root, name));
    for (const point of this.#points) mkdirSync(point);
    for (let i = 0; i < FOREIGN_FILES; i++) writeFileSync(join(this.#foreign.path, `file-${i}`), Buffer.alloc(5000 * (i + 1), i));
  }

  /** Mounts or unmounts something, or makes the file system read-only for a moment; reads what is there. */
  step(): void {
    const point = this.#points[this.#random.below(this.#points.length)];
    const choice = this.#random.next();
    if (choice < 0.2) this.#remount();
    else if (this.#mounted.has(point)) this.#tryToUnmount(point);
    else this.#mount(point, choice < 0.6 ? this.#ground.outside[0] : this.#foreign.path);
    this.#readForeign();
  }

  /** Unmounts all. */
  close(): void {
    for (const point of this.#mounted) this.#unmount(point);
    this.#foreign.close();
  }

  #mount(point: string, from: string): void {
    this.#print(`mount ${from} on ${point}`);
    command('mount', ['--bind', from, point]);
    this.#mounted.add(point);
  }

  #tryToUnmount(point: string): void {
    try {
      this.#unmount(point);
    } catch {
      // A scan is just looking into it.
      this.#print(`${point} is busy`);
    }
  }

  #unmount(point: string): void {
    this.#print(`unmount ${point}`);
    command('umount', [point]);
    this.#mounted.delete(point);
  }

  #remount(): void {
    try {
      command('mount', ['-o', 'remount,ro', this.#ground.lab.path]);
      this.#print('remount read-only and back');
    } catch {
      // A file is open for writing, or was deleted and is open still.
    } finally {
      command('mount', ['-o', 'remount,rw', this.#ground.lab.path]);
    }
  }

  #readForeign(): void {
    for (let i = 0; i < FOREIGN_FILES; i++) if (this.#random.next() < 0.5) readFileSync(join(this.#foreign.path, `file-${i}`));
  }
}
