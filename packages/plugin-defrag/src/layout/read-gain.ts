import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskStatFiles, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { FileLayout } from './file-layout.js';

/** How a kind of disk is taken to read. */
export interface DiskModel {
  readonly name: 'hard disk' | 'flash';
  /** To begin at another place, in milliseconds: seek and half a turn, or one more request. */
  readonly accessMs: number;
  readonly bytesPerSecond: number;
}

export const HARD_DISK: DiskModel = { name: 'hard disk', accessMs: 12, bytesPerSecond: 150e6 };
export const FLASH: DiskModel = { name: 'flash', accessMs: 0.1, bytesPerSecond: 500e6 };

/** What reading a file from the disk takes by this model, in milliseconds, and how much less it would be in one piece. */
export function readGain({ fragments, mappedBytes }: Pick<FileLayout, 'fragments' | 'mappedBytes'>, disk: DiskModel): { readonly readMs: number; readonly gainMs: number } {
  const gainMs = Math.max(fragments - 1, 0) * disk.accessMs;
  return { readMs: (mappedBytes / disk.bytesPerSecond) * 1000 + fragments * disk.accessMs, gainMs };
}

/** The model for what lies below a path: a hard disk if any of its disks turns. */
export function diskModel(path: BytePath): DiskModel {
  return diskStatFiles(path).some((file) => isRotational(dirname(toDisplay(file)))) ? HARD_DISK : FLASH;
}

function isRotational(disk: string): boolean {
  try {
    return readFileSync(join(disk, 'queue/rotational'), 'latin1').trim() === '1';
  } catch {
    return false;
  }
}
