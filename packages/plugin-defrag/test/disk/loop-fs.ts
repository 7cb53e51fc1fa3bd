import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const FS_TYPES = ['ext4', 'xfs', 'btrfs'] as const;
export type FsType = (typeof FS_TYPES)[number];

/** A file system of one's own on a loop device; made in `before`, removed in `after`. Skips the suite without root. */
export class LoopFs {
  readonly #fsType: FsType;
  readonly #mkfsArgs: readonly string[];
  #folder = '';
  #device = '';
  #mounted = false;

  constructor(fsType: FsType, mkfsArgs: readonly string[] = []) {
    this.#fsType = fsType;
    this.#mkfsArgs = mkfsArgs;
    const make = (): void => this.#make();
    before(function () {
      if (process.getuid?.() !== 0 && process.env['DUET_REQUIRE_KERNEL'] !== '1') this.skip();
      make();
    });
    after(() => this.#remove());
  }

  get path(): string {
    return join(this.#folder, 'mnt');
  }

  /** Writes everything back, and mounts anew: nothing is cached afterwards. */
  cold(): void {
    run('umount', this.path);
    this.#mounted = false;
    this.#mount();
  }

  /** Bytes read from the device so far. */
  bytesRead(): number {
    return Number(run('cat', `/sys/block/${this.#device.slice('/dev/'.length)}/stat`).trim().split(/\s+/)[2]) * 512;
  }

  #make(): void {
    this.#folder = mkdtempSync(join(tmpdir(), 'duet-defrag-loop-'));
    mkdirSync(this.path);
    const image = join(this.#folder, 'image');
    const fd = openSync(image, 'w');
    ftruncateSync(fd, 2 * 2 ** 30);
    closeSync(fd);
    run(`mkfs.${this.#fsType}`, '-q', ...this.#mkfsArgs, image);
    this.#device = run('losetup', '--find', '--show', '--direct-io=on', image).trim();
    this.#mount();
  }

  #mount(): void {
    run('mount', '-t', this.#fsType, this.#device, this.path);
    this.#mounted = true;
  }

  #remove(): void {
    // Lazily: a test that failed may have left a file open.
    if (this.#mounted) run('umount', '--lazy', this.path);
    if (this.#device !== '') run('losetup', '--detach', this.#device);
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
