import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventNames, fromText, openDuet } from '../../src/index.js';
import type { Duet, Session } from '../../src/index.js';
import { needsRealKernel, withLoopFs } from '../kernel/loop-fs.js';
import { dropPages, syncFileSystem, writeMapped } from '../kernel/page-cache-calls.js';

const PATIENCE_MS = 10_000;
const PAGES = 16;

/** Makes a file, writes it to the disk, and takes it out of the cache. */
function makeCold(file: string): string {
  writeFileSync(file, Buffer.alloc(PAGES * 4096, 'x'));
  syncFileSystem(file);
  dropPages(file);
  return file;
}

function makeSubvolume(path: string): string {
  execFileSync('btrfs', ['subvolume', 'create', path], { stdio: 'ignore' });
  return path;
}

function haveOneNumber(one: string, other: string): void {
  assert.equal(statSync(one).ino, statSync(other).ino);
}

/** Reads, writes, flushes and drops, for a second and a half; calls nothing that changes a name. */
async function hammer(file: string): Promise<void> {
  for (const end = Date.now() + 1500; Date.now() < end; await sleep(7)) {
    readFileSync(file);
    writeMapped(file, [0, 5 * 4096], false);
    syncFileSystem(file);
    dropPages(file);
  }
}

/** A session for events alone, and what it told: each event of each page. */
async function listen(duet: Duet, path: string): Promise<{ session: Session; told: string[] }> {
  const session = duet.register({ name: 'events', path: fromText(path), events: ['added', 'removed', 'dirty', 'flushed'] });
  const told: string[] = [];
  session.items$.subscribe((items) => {
    for (const { index, pages, events } of items) for (let page = index; page < index + pages; page++) told.push(...eventNames(events).map((name) => `${page} ${name}`));
  });
  await session.ready;
  return { session, told };
}

async function until(told: readonly string[], expected: readonly string[]): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end && told.length < expected.length; await sleep(10));
  assert.deepEqual([...told].sort(), [...expected].sort());
}

const each = (event: string): string[] => Array.from({ length: PAGES }, (_, page) => `${page} ${event}`);

describe('Files of one inode number on a real btrfs', function () {
  this.timeout(60_000);
  let duet: Duet;

  before(function () {
    needsRealKernel(this);
  });
  beforeEach(async () => {
    duet = await openDuet({ stateDir: null, source: 'tracefs' });
  });
  afterEach(() => duet?.close());

  it('in two subvolumes: who listens to one hears nothing of the other, and all of its own', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      const mine = makeCold(join(makeSubvolume(join(top, 'one')), 'f'));
      const other = makeCold(join(makeSubvolume(join(top, 'two')), 'f'));
      haveOneNumber(mine, other);
      const { told } = await listen(duet, join(top, 'one'));
      await hammer(other);
      assert.deepEqual(told, []);
      readFileSync(mine);
      await until(told, each('added'));
      await hammer(other);
      dropPages(mine);
      await until(told, [...each('added'), ...each('removed')]);
      await duet.close();
    });
  });

  it('at the top, and in a subvolume that no path leads to and no name is told of', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      mkdirSync(join(top, 'data'));
      const mine = makeCold(join(top, 'data', 'f'));
      const sub = makeSubvolume(join(top, 'sub'));
      let other = makeCold(join(sub, 'f'));
      while (statSync(other).ino < statSync(mine).ino) other = makeCold(`${other}+`);
      haveOneNumber(mine, other);
      const { told } = await listen(duet, join(top, 'data'));
      await hammer(other);
      assert.deepEqual(told, []);
      await duet.close();
    });
  });

  it('in a snapshot that is made while one listens', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      mkdirSync(join(top, 'data'));
      const mine = makeCold(join(top, 'data', 'f'));
      const { told } = await listen(duet, join(top, 'data'));
      execFileSync('btrfs', ['subvolume', 'snapshot', top, join(top, 'snap')], { stdio: 'ignore' });
      const other = join(top, 'snap', 'data', 'f');
      haveOneNumber(mine, other);
      await hammer(other);
      assert.deepEqual(told, []);
      await duet.close();
    });
  });

  it('where there is one subvolume alone, pages that came and went at once are told', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      const mine = makeCold(join(top, 'f'));
      const { told } = await listen(duet, top);
      readFileSync(mine);
      dropPages(mine);
      await until(told, [...each('added'), ...each('removed')]);
      await duet.close();
    });
  });
});
