import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Group } from './cgroups.js';
import { command, requireTools } from './command.js';
import { LabError } from './lab-error.js';
import { newLabName } from './lab-name.js';
import { mountedNow, removeLeftovers } from './leftovers.js';
import { LoopDevice } from './loop-device.js';
import { PageTrace } from './page-trace.js';
import { Program } from './program.js';
import type { ProgramOptions, ProgramResult } from './program.js';
import { waitSync } from './sleep.js';

/** File systems that a lab can have. */
export type FsType = 'ext4' | 'xfs' | 'btrfs';

const MKFS: Readonly<Record<FsType, readonly string[]>> = {
  // No tables left to be written in the background while something is measured.
  ext4: ['mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0,nodiscard'],
  xfs: ['mkfs.xfs', '-q', '-K'],
  btrfs: ['mkfs.btrfs', '-q', '-K'],
};

export interface LabOptions {
  readonly fs: FsType;
  /** Size of the device; its image is sparse. At least 512 MiB for xfs and btrfs. */
  readonly sizeBytes: number;
}

const open = new Set<Lab>();
let armed = false;

/**
 * A disk of one's own to measure on: a loop device with direct I/O, a file
 * system, groups for the programs that are measured.
 *
 * Removes all it made on `close()`, and also when the process ends early: by an
 * exception, SIGINT, SIGTERM or SIGHUP. What a killed process left is removed
 * when the next lab starts. Touches nothing else.
 */
export class Lab {
  readonly device: LoopDevice;
  readonly fs: FsType;
  /** Where the file system is mounted. */
  readonly path: string;
  /** The image below the device. */
  readonly image: string;
  readonly #name: string;
  readonly #folder: string;
  readonly #groups = new Set<Group>();
  #trace: PageTrace | undefined;
  #folders = 0;

  /** @throws {LabError} without root or a tool that it needs. */
  constructor(options: LabOptions) {
    if (process.getuid?.() !== 0) throw new LabError('the lab needs root: it makes a loop device, a mount and control groups');
    requireTools('losetup', 'mount', 'umount', 'fincore', 'setpriv', `mkfs.${options.fs}`);
    const base = process.env.DUET_LAB_DIR ?? tmpdir();
    removeLeftovers(base);
    this.fs = options.fs;
    this.#name = newLabName();
    this.#folder = join(base, this.#name);
    this.image = join(this.#folder, 'image');
    this.path = join(this.#folder, 'mount');
    mkdirSync(this.#folder, { mode: 0o755 });
    arm();
    open.add(this);
    mkdirSync(this.path);
    // Programs of plain users go through here, whatever the umask.
    for (const folder of [this.#folder, this.path]) chmodSync(folder, 0o755);
    try {
      this.device = LoopDevice.attach(this.image, options.sizeBytes);
      const [mkfs = '', ...args] = MKFS[options.fs];
      command(mkfs, [...args, this.device.path]);
      this.#mount();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Mounts anew: nothing of the file system is cached afterwards. */
  coldStart(): void {
    command('umount', [this.path]);
    this.#mount();
  }

  /**
   * Makes durable what was written, waits until it is clearly in the past, and
   * mounts anew: the files are older than the mount, whatever the clock's grain.
   */
  async settle(): Promise<void> {
    command('sync', ['-f', this.path]);
    await sleep(2500);
    this.coldStart();
  }

  /** A group for the programs of one measurement; `memoryBytes` bounds memory and page cache together. */
  group(limits: { readonly memoryBytes?: number; readonly readBytesPerSecond?: number } = {}): Group {
    const group = new Group(newLabName());
    this.#groups.add(group);
    if (limits.memoryBytes) group.limitMemory(limits.memoryBytes);
    if (limits.readBytesPerSecond) group.limitReads(this.device.majorMinor, limits.readBytesPerSecond);
    return group;
  }

  /** Kills what runs in the group and removes it. */
  removeGroup(group: Group): void {
    if (this.#groups.delete(group)) group.remove();
  }

  /** Starts to record who brings pages of the lab's files into the cache; one at a time. */
  traceAdded(): PageTrace {
    const superblock = mountedNow().find((mount) => mount.path === this.path)?.superblock ?? '';
    this.#trace = new PageTrace(newLabName(), this.#newFolder('tracing'), superblock);
    return this.#trace;
  }

  removeTrace(): void {
    this.#trace?.remove();
    this.#trace = undefined;
  }

  /** Starts a program. */
  start(argv: readonly string[], options: ProgramOptions): Program {
    return new Program(argv, this.device, options);
  }

  /** Runs a program to its end. @throws {LabError} if it fails. */
  async run(argv: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
    const result = await this.start(argv, options).result;
    if (result.exitCode !== 0) throw new LabError(`${argv.join(' ').slice(0, 200)} failed (${result.exitCode ?? result.signal}): ${result.stderr.trim()}`);
    return result;
  }

  /** A new empty folder that is not on the lab's device. */
  scratch(): string {
    return this.#newFolder('scratch');
  }

  /** Removes everything. Safe to call twice. */
  close(): void {
    if (!open.delete(this)) return;
    for (const group of this.#groups) group.remove();
    this.#groups.clear();
    this.removeTrace();
    // Undefined if the constructor failed before it.
    const device = this.device as LoopDevice | undefined;
    if (mountedNow().some((mount) => mount.path === this.path)) this.#unmount();
    device?.detach();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #newFolder(kind: string): string {
    this.#folders += 1;
    const folder = join(this.#folder, `${kind}-${this.#folders}`);
    mkdirSync(folder);
    return folder;
  }

  #mount(): void {
    command('mount', ['-o', 'noatime', this.device.path, this.path]);
  }

  #unmount(): void {
    const gone = waitSync(() => {
      try {
        command('umount', [this.path]);
        return true;
      } catch {
        return false;
      }
    }, 5000);
    // Something from outside holds it open: it goes when that does.
    if (!gone) command('umount', ['--lazy', this.path]);
  }
}

/** Has labs removed however the process ends. */
function arm(): void {
  if (armed) return;
  armed = true;
  process.on('exit', () => {
    for (const lab of open) {
      try {
        lab.close();
      } catch (error) {
        process.stderr.write(`${String(error)}\n`);
      }
    }
  });
  for (const [signal, number] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
}
