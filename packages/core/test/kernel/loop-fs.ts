import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type LoopFsType = 'ext4' | 'xfs' | 'btrfs';

/** All types, for tests that hold on each of them. */
export const LOOP_FS_TYPES: readonly LoopFsType[] = ['ext4', 'xfs', 'btrfs'];

export interface LoopFsOptions {
  /** Size of the sparse image; default 512. mkfs.xfs wants 300, mkfs.btrfs 110 at least. */
  readonly sizeMiB?: number;
  /** More arguments for mkfs, such as `['-b', '1024']`. */
  readonly mkfsArgs?: readonly string[];
  /** As `mount -o` takes them. */
  readonly mountOptions?: string;
  /** Whether the loop device reads and writes its image past the page cache, as a disk would; default true. */
  readonly directIo?: boolean;
}

/** A file system of one's own on a loop device. */
export interface LoopFs {
  readonly fsType: LoopFsType;
  readonly mountPoint: string;
  /** Such as `/dev/loop0`. */
  readonly device: string;
  /** The image that the device stands on. */
  readonly image: string;
  /** Its counters: `/sys/block/loop0/stat`, whose third field is 512-byte sectors read. */
  readonly statFile: string;
  /** Unmounts, runs `between` if given, and mounts again: nothing is cached afterwards. */
  remount(between?: () => void): Promise<void>;
  /** Unmounts and removes all of it. Safe to call twice; also runs when the process exits. */
  remove(): void;
}

/** Makes a file system on a loop device and mounts it, for `before` hooks; `remove` it in `after`. */
export function makeLoopFs(fsType: LoopFsType, options: LoopFsOptions = {}): LoopFs {
  const folder = mkdtempSync(join(tmpdir(), `duet-${fsType}-`));
  const image = join(folder, 'image');
  const mountPoint = join(folder, 'mnt');
  let device: string | undefined;
  let mounted = false;

  const mount = (): void => {
    const args = options.mountOptions === undefined ? [] : ['-o', options.mountOptions];
    run('mount', ['-t', fsType, ...args, device as string, mountPoint]);
    mounted = true;
  };
  const unmount = (): void => {
    if (mounted) retryWhileBusy(() => run('umount', [mountPoint]));
    mounted = false;
  };
  const remove = (): void => {
    process.off('exit', remove);
    try {
      unmount();
    } catch {
      run('umount', ['--lazy', mountPoint]);
      mounted = false;
    }
    if (device !== undefined) run('losetup', ['--detach', device]);
    device = undefined;
    rmSync(folder, { recursive: true, force: true });
  };

  process.on('exit', remove);
  try {
    mkdirSync(mountPoint);
    const fd = openSync(image, 'w');
    ftruncateSync(fd, (options.sizeMiB ?? 512) * 1024 * 1024);
    closeSync(fd);
    run(`mkfs.${fsType}`, ['-q', ...(options.mkfsArgs ?? []), image]);
    device = run('losetup', ['--find', '--show', `--direct-io=${options.directIo === false ? 'off' : 'on'}`, image]).trim();
    mount();
  } catch (error) {
    remove();
    throw error;
  }
  return {
    fsType,
    mountPoint,
    device,
    image,
    statFile: `/sys/block/${device.slice('/dev/'.length)}/stat`,
    remount: async (between) => {
      unmount();
      between?.();
      mount();
    },
    remove,
  };
}

/** Runs `body` with a file system of its own, which is removed afterwards, whatever happens. */
export async function withLoopFs<T>(
  fsType: LoopFsType,
  options: LoopFsOptions,
  body: (mountPoint: string, fs: LoopFs) => Promise<T> | T,
): Promise<T> {
  const fs = makeLoopFs(fsType, options);
  try {
    return await body(fs.mountPoint, fs);
  } finally {
    fs.remove();
  }
}

/**
 * Skips a test or a suite where it cannot run: without root, as the tests on
 * loop devices need. With `DUET_REQUIRE_KERNEL=1` it is left to fail.
 */
export function needsRealKernel(context: Mocha.Context): void {
  if (process.getuid?.() !== 0 && process.env['DUET_REQUIRE_KERNEL'] !== '1') context.skip();
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Unmounts, say: who holds a mount for a moment (an indexer, a scan, a probe) is through soon. */
export function retryWhileBusy(action: () => void): void {
  for (let tries = 1; ; tries += 1) {
    try {
      action();
      return;
    } catch (error) {
      if (tries === 20) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
