import { closeSync, fstatSync, linkSync, mkdirSync, openSync, readSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { copyFileRange, reflink } from '../calls.js';
import { filePath, folderPath } from '../world.js';
import type { OwnFile, World } from '../world.js';
import type { Operation } from './operation.js';

const KIB = 1024;
const buffer = Buffer.alloc(2 << 20, 0x33);

/** Files of its own that a process has at most, and files that it keeps open. */
const FILES_MAX = 150;
const HELD_MAX = 8;

/** Makes a file, written or empty. */
export function create(world: World, watched = world.chance(0.85)): OwnFile {
  const file = { folder: world.folder(watched), name: world.newName('f') };
  const fd = openSync(filePath(file), 'wx');
  try {
    const length = world.chance(0.1) ? 0 : world.size(world.chance(0.05) ? buffer.length : 256 * KIB);
    world.note(filePath(file), `ino=${fstatSync(fd).ino}`, length);
    if (length > 0) writeSync(fd, buffer, 0, length, 0);
  } finally {
    closeSync(fd);
  }
  world.files.push(file);
  return file;
}

function takeFile(world: World): OwnFile | undefined {
  if (world.files.length === 0) return undefined;
  const at = world.random.below(world.files.length);
  const [file] = world.files.splice(at, 1);
  return file;
}

function createOne(world: World): void {
  if (world.files.length < FILES_MAX) create(world);
}

function remove(world: World, file = takeFile(world)): void {
  if (file === undefined) return;
  const path = filePath(file);
  world.note(path, `ino=${statSync(path).ino}`);
  unlinkSync(path);
}

function removeOne(world: World): void {
  remove(world);
}

/** Deletes and makes several at once, so that inodes are used again. */
function churn(world: World): void {
  for (let count = 2 + world.random.below(10); count > 0; count--) {
    remove(world);
    create(world);
  }
}

function unlinkOpen(world: World): void {
  const file = takeFile(world);
  if (file === undefined) return;
  const path = filePath(file);
  const fd = openSync(path, 'r+');
  world.note(path, `ino=${fstatSync(fd).ino}`);
  world.held.push({ fd, path });
  unlinkSync(path);
  if (world.held.length > HELD_MAX) closeSync(world.held.shift()!.fd);
}

function useHeld(world: World): void {
  if (world.held.length === 0) return;
  const { fd, path } = world.pick(world.held);
  const { size, ino } = fstatSync(fd);
  const { offset, length } = world.range(size, 256 * KIB);
  const write = world.chance(0.3);
  world.note(path, `ino=${ino}`, write ? 'write' : 'read', offset, length);
  if (write) writeSync(fd, buffer, 0, length, offset);
  else readSync(fd, buffer, 0, length, offset);
}

function rename(world: World, file: OwnFile, to: OwnFile): void {
  const from = filePath(file);
  world.note(from, `ino=${statSync(from).ino}`, 'to', filePath(to));
  renameSync(from, filePath(to));
  file.folder = to.folder;
  file.name = to.name;
}

function renameWithin(world: World): void {
  if (world.files.length === 0) return;
  const file = world.pick(world.files);
  rename(world, file, { folder: world.folder(file.folder.watched), name: world.newName('r') });
}

function renameAcross(world: World): void {
  if (world.files.length === 0) return;
  const file = world.pick(world.files);
  rename(world, file, { folder: world.folder(!file.folder.watched), name: world.newName('x') });
}

function renameOver(world: World): void {
  const file = takeFile(world);
  if (file === undefined || world.files.length === 0) return;
  const victim = world.pick(world.files);
  const path = filePath(victim);
  world.note('over', `ino=${statSync(path).ino}`);
  rename(world, file, { folder: victim.folder, name: victim.name });
}

function makeFolder(world: World): void {
  if (world.folders.length >= 6) return;
  const watched = world.chance(0.7);
  const folder = { parent: world.pick(watched ? world.watched : world.outside), name: world.newName('d'), watched };
  world.note(folderPath(folder));
  mkdirSync(folderPath(folder));
  world.folders.push(folder);
}

function renameFolder(world: World): void {
  if (world.folders.length === 0) return;
  const at = world.random.below(world.folders.length);
  const folder = world.folders[at];
  const from = folderPath(folder);
  const watched = world.chance(0.5);
  const parent = world.pick(watched ? world.watched : world.outside);
  const name = world.newName('d');
  world.note(from, 'to', `${folderPath(parent)}/${name}`);
  renameSync(from, `${folderPath(parent)}/${name}`);
  const moved = { parent, name, watched };
  world.folders[at] = moved;
  for (const file of world.files) if (file.folder === folder) file.folder = moved;
}

function link(world: World): void {
  if (world.files.length === 0 || world.files.length >= FILES_MAX) return;
  const from = filePath(world.pick(world.files));
  const to = { folder: world.folder(world.chance(0.6)), name: world.newName('l') };
  world.note(from, `ino=${statSync(from).ino}`, 'as', filePath(to));
  linkSync(from, filePath(to));
  world.files.push(to);
}

function clone(world: World): void {
  if (world.files.length < 2) return;
  const to = filePath(world.pick(world.files));
  world.withFile(filePath(world.pick(world.files)), 'r', (from) => world.withFile(to, 'r+', (fd) => reflink(from, fd)));
}

function copyRange(world: World): void {
  if (world.files.length < 2) return;
  const to = filePath(world.pick(world.files));
  world.withFile(filePath(world.pick(world.files)), 'r', (from, size) => {
    world.withFile(to, 'r+', (fd, toSize) => {
      const { offset, length } = world.range(size, 256 * KIB);
      const toOffset = world.random.below(toSize + 1);
      world.note(offset, 'to', toOffset, length);
      copyFileRange(from, offset, fd, toOffset, length);
    });
  });
}

export const NAMES: readonly Operation[] = [
  { name: 'create', group: 'files', weight: 8, run: createOne },
  { name: 'remove', group: 'files', weight: 5, run: removeOne },
  { name: 'churn', group: 'files', weight: 1, run: churn },
  { name: 'unlink-open', group: 'files', weight: 2, run: unlinkOpen },
  { name: 'use-unlinked', group: 'files', weight: 5, run: useHeld },
  { name: 'rename', group: 'renames', weight: 4, run: renameWithin },
  { name: 'rename-across', group: 'renames', weight: 4, run: renameAcross },
  { name: 'rename-over', group: 'renames', weight: 2, run: renameOver },
  { name: 'make-folder', group: 'renames', weight: 1, run: makeFolder },
  { name: 'rename-folder', group: 'renames', weight: 1, run: renameFolder },
  { name: 'link', group: 'links', weight: 3, run: link },
  { name: 'clone', group: 'copies', weight: 3, run: clone },
  { name: 'copy-range', group: 'copies', weight: 4, run: copyRange },
];
