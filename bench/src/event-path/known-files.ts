import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { EMPTY, of } from 'rxjs';
import { nothingReleased } from '@duet/core/model';
import type { BytePath, NumberedBatch, ScannedFs, Survey } from '@duet/core';

/** Files that a survey tells of, without their cache state: what is cached is up to the events. */
export interface KnownFiles {
  readonly fs: ScannedFs;
  readonly names: readonly string[];
  readonly inodes: Float64Array;
}

/** The files at these paths, on the superblock `dev`. */
export function knownFiles(paths: readonly string[], dev: number): KnownFiles {
  return { fs: scannedFs(dev), names: paths.map((path) => basename(path)), inodes: Float64Array.from(paths, (path) => statSync(path).ino) };
}

export function scannedFs(dev: number): ScannedFs {
  return { fs: 'bench', dev, subvolume: 0, sharesNumbers: false, statDev: dev, fsType: 'btrfs', mountPoint: '/' as BytePath, mountedAfterMs: 0, residencyKnown: true, directRead: 'none' };
}

/** Finds the files once; they neither change nor become more. */
export function surveyOf(files: KnownFiles): Survey {
  let scanned = false;
  return {
    scan: () => {
      if (scanned) return EMPTY;
      scanned = true;
      return of(batchOf(files));
    },
    probe: () => EMPTY,
    release: async (targets) => nothingReleased(targets.length),
    close: () => undefined,
  };
}

function batchOf({ fs, names, inodes }: KnownFiles): NumberedBatch {
  const count = names.length;
  let end = 0;
  const columns = { probedNs: new Float64Array(count), probedMs: new Float64Array(count), resident: new Float64Array(count), dirty: new Float64Array(count), runs: new Float64Array() };
  return {
    numbers: Uint32Array.from(names, (_, row) => row + 1),
    batch: {
      count,
      newFs: [fs],
      newFolders: [{ no: 0, parent: 0, name: '' as BytePath }],
      fs: new Uint16Array(count),
      ino: inodes,
      gen: new Uint32Array(count).fill(1),
      folder: new Uint32Array(count),
      names: Buffer.from(names.join(''), 'latin1'),
      nameEnd: Uint32Array.from(names, (name) => (end += name.length)),
      nlink: new Uint32Array(count).fill(1),
      size: new Float64Array(count).fill(1 << 20),
      mtimeNs: new BigInt64Array(count).fill(1n),
      ctimeNs: new BigInt64Array(count).fill(1n),
      physical: new Float64Array(count),
      residency: columns,
      problems: [],
    },
  };
}
