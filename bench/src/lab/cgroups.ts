import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error.js';
import { sleepSync, waitSync } from './sleep.js';

/** Where this machine keeps control groups: two hierarchies (version 1) or one (version 2). */
export type CgroupLayout =
  | { readonly version: 1; readonly memory: string; readonly io: string }
  | { readonly version: 2; readonly root: string };

/**
 * Finds the control groups in the text of /proc/self/mountinfo.
 * `controllersOf` gives the controllers that a version 2 mount offers.
 *
 * @throws {LabError} if memory or I/O cannot be controlled.
 */
export function cgroupLayout(mountinfo: string, controllersOf: (mount: string) => readonly string[]): CgroupLayout {
  let memory: string | undefined;
  let io: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) continue;
    const mount = left.split(' ')[4] ?? '';
    const [type, , options = ''] = right.split(' ');
    if (type === 'cgroup2') {
      const controllers = controllersOf(mount);
      if (controllers.includes('memory') && controllers.includes('io')) return { version: 2, root: mount };
    } else if (type === 'cgroup') {
      if (options.split(',').includes('memory')) memory = mount;
      if (options.split(',').includes('blkio')) io = mount;
    }
  }
  if (memory === undefined || io === undefined) throw new LabError('no control groups for memory and I/O are mounted here');
  return { version: 1, memory, io };
}

let layout: CgroupLayout | undefined;

/** The layout of this machine. */
export function thisLayout(): CgroupLayout {
  layout ??= cgroupLayout(readFileSync('/proc/self/mountinfo', 'utf8'), (mount) => readFileSync(join(mount, 'cgroup.controllers'), 'latin1').trim().split(' '));
  return layout;
}

/** Folders that groups of labs are made in. */
export function groupRoots(): string[] {
  const where = thisLayout();
  return where.version === 2 ? [where.root] : [...new Set([where.memory, where.io])];
}

/** What the processes of a group hold, in bytes. */
export interface GroupMemory {
  readonly anonBytes: number;
  readonly kernelBytes: number;
  /** Page cache that is charged to the group, of whatever file system. */
  readonly cacheBytes: number;
}

/**
 * A group for the programs of one measurement: bounds their memory, page cache
 * included, and their reads from a device.
 *
 * A page is charged to the group that touches it first. A new group for each
 * measurement starts from nothing.
 */
export class Group {
  readonly #memory: string;
  readonly #io: string;
  readonly #version: 1 | 2;

  constructor(name: string) {
    const where = thisLayout();
    this.#version = where.version;
    if (where.version === 2) {
      writeFileSync(join(where.root, 'cgroup.subtree_control'), '+memory +io');
      this.#memory = this.#io = join(where.root, name);
      mkdirSync(this.#memory);
    } else {
      this.#memory = join(where.memory, name);
      this.#io = join(where.io, name);
      for (const folder of new Set([this.#memory, this.#io])) mkdirSync(folder);
    }
  }

  /** Files that a process writes its number into to join. */
  get procsFiles(): readonly [string, string] {
    return [join(this.#memory, 'cgroup.procs'), join(this.#io, 'cgroup.procs')];
  }

  /** Bounds memory and page cache together; only while the group is small enough. */
  limitMemory(bytes: number): void {
    writeFileSync(join(this.#memory, this.#version === 2 ? 'memory.max' : 'memory.limit_in_bytes'), String(Math.round(bytes)));
  }

  /** Bounds reads from the device with that `major:minor`; 0 lifts the bound. */
  limitReads(majorMinor: string, bytesPerSecond: number): void {
    if (this.#version === 2) writeFileSync(join(this.#io, 'io.max'), `${majorMinor} rbps=${bytesPerSecond || 'max'}`);
    else writeFileSync(join(this.#io, 'blkio.throttle.read_bps_device'), `${majorMinor} ${bytesPerSecond}`);
  }

  memory(): GroupMemory {
    const stat = readFileSync(join(this.#memory, 'memory.stat'), 'latin1');
    const field = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
    if (this.#version === 2) return { anonBytes: field('anon'), kernelBytes: field('kernel'), cacheBytes: field('file') };
    return { anonBytes: field('rss'), kernelBytes: Number(readFileSync(join(this.#memory, 'memory.kmem.usage_in_bytes'), 'latin1')), cacheBytes: field('cache') };
  }

  /** Kills what still runs in the group, and removes it. */
  remove(): void {
    for (const folder of new Set([this.#memory, this.#io])) removeGroup(folder);
  }
}

/** Kills the processes of the group at `folder`, which a lab made, and removes it. */
export function removeGroup(folder: string): void {
  const members = (): number[] => readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
  waitSync(() => {
    const left = members();
    for (const pid of left) kill(pid);
    return left.length === 0;
  }, 10_000);
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      // The kernel may need a moment to let go of processes that have just died.
      if (attempt === 50) throw error;
      sleepSync(20);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Names of the groups in `root`. */
export function groupNames(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
