import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type FsType = 'ext4' | 'xfs' | 'btrfs' | 'tmpfs';

const IMAGE_BYTES = 400 * 2 ** 20;

/** Mounts a new file system over a folder; gives what unmounts and removes it. As root. */
export function mountOver(folder: string, fsType: FsType): () => void {
  if (fsType === 'tmpfs') {
    execFileSync('mount', ['-t', 'tmpfs', 'duet-test', folder]);
    return () => void execFileSync('umount', [folder]);
  }
  const images = mkdtempSync(join(tmpdir(), 'duet-backup-image-'));
  const image = join(images, 'image');
  const fd = openSync(image, 'w');
  ftruncateSync(fd, IMAGE_BYTES);
  closeSync(fd);
  execFileSync(`mkfs.${fsType}`, ['-q', image]);
  // The loop device goes with the mount.
  execFileSync('mount', ['-t', fsType, '-o', 'loop', image, folder]);
  return () => {
    execFileSync('umount', [folder]);
    rmSync(images, { recursive: true });
  };
}
