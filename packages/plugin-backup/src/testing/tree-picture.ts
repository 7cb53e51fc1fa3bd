import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { fromBytes, toBytes } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { Open } from '@duet/core/kernel/syscalls';
import { extendedAttributes } from '../tree/extended-attributes.js';

/** What is compared of an entry; content as its SHA-256, names of the same file as the first of them. */
export type EntryPicture = Readonly<Record<string, string | number | undefined>>;

const PIECE = Buffer.alloc(1024 * 1024);

/**
 * All that a backup has to give back, of each entry below a folder by its
 * path: type, permissions, owner, mtime, content, holes, links, target,
 * device, extended attributes. Holes are told as blocks of 4 KiB that take no
 * room, where they make up a piece of 64 KiB at least.
 */
export function pictureTree(folder: string): Map<BytePath, EntryPicture> {
  const pictures = new Map<BytePath, EntryPicture>();
  const names = new Map<string, BytePath>();
  const visit = (path: BytePath): void => {
    const stat = lstatSync(at(folder, path), { bigint: true });
    const first = stat.isDirectory() || stat.nlink === 1n ? path : (names.get(`${stat.dev} ${stat.ino}`) ?? path);
    names.set(`${stat.dev} ${stat.ino}`, first);
    pictures.set(path, picture(at(folder, path), stat, path === first ? undefined : first));
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(at(folder, path), { encoding: 'buffer' }).map(fromBytes).sort()) visit(`${path}/${name}` as BytePath);
  };
  visit('' as BytePath);
  return pictures;
}

function at(folder: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(folder), toBytes(path)]);
}

function picture(path: Buffer, stat: BigIntStats, linkOf: BytePath | undefined): EntryPicture {
  const isDevice = stat.isBlockDevice() || stat.isCharacterDevice();
  return {
    mode: stat.mode.toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    mtime: String(stat.mtimeNs),
    linkOf,
    links: stat.isDirectory() ? undefined : Number(stat.nlink),
    target: stat.isSymbolicLink() ? fromBytes(readlinkSync(path, 'buffer')) : undefined,
    device: isDevice ? String(stat.rdev) : undefined,
    attributes: attributesOf(path),
    ...(stat.isFile() ? contentOf(path) : {}),
  };
}

function attributesOf(path: Buffer): string {
  const fd = openSync(path, Open.PATH | Open.NOFOLLOW);
  try {
    const attributes = extendedAttributes(fd, true);
    if (typeof attributes === 'number') throw new Error(`cannot read the attributes of ${path.toString()}`);
    return attributes.map(({ name, value }) => `${name}=${Buffer.from(value).toString('base64')}`).sort().join(' ');
  } finally {
    closeSync(fd);
  }
}

function contentOf(path: Buffer): EntryPicture {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const hash = createHash('sha256');
    for (let got = 0; (got = readSync(fd, PIECE)) > 0; ) hash.update(PIECE.subarray(0, got));
    const { size, blocks } = fstatSync(fd);
    // Up to 64 KiB that take no room are of the file system: inline data, the last block.
    const emptyBytes = Math.max(0, size - blocks * 512);
    return { size, sha256: hash.digest('hex'), hasHoles: emptyBytes >= 65_536 ? 'yes' : 'no' };
  } finally {
    closeSync(fd);
  }
}

/** The first differences of two pictures, one a line; empty if there is none. `ignore`: fields that are not compared. */
export function differences(a: ReadonlyMap<BytePath, EntryPicture>, b: ReadonlyMap<BytePath, EntryPicture>, ignore: readonly string[] = []): string[] {
  const found: string[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(path), b.get(path)];
    if (!one || !other) found.push(`${path}: only in the ${one ? 'first' : 'second'}`);
    else {
      for (const field of new Set([...Object.keys(one), ...Object.keys(other)])) {
        if (!ignore.includes(field) && one[field] !== other[field]) found.push(`${path}: ${field}: ${one[field]} / ${other[field]}`);
      }
    }
  }
  return found;
}
