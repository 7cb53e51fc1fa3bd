import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FanotifyNames, PageEvent, QuietNames, TracefsSource, fromText, openDuet, toDisplay } from '../../src/index.js';
import type { Duet, MountChange, Session } from '../../src/index.js';
import { needsRealKernel, retryWhileBusy, withLoopFs } from '../kernel/loop-fs.js';
import { dropPages, residentPages, syncFileSystem } from '../kernel/page-cache-calls.js';

const PATIENCE_MS = 10_000;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !holds(); await sleep(5)) assert.ok(Date.now() < end, `${what}: not after ${PATIENCE_MS} ms`);
}

/** Cached pages as told, by each path that the file was told under. */
function follow(session: Session): Map<string, Set<number>> {
  const told = new Map<string, Set<number>>();
  const files = new Map<string, Set<number>>();
  session.items$.subscribe({
    next: (items) => {
      for (const { file, index, pages, events, changed } of items) {
        const id = `${file.id.fs}/${file.id.ino}/${file.id.gen}`;
        const known = files.get(id) ?? new Set();
        files.set(id, known);
        told.set(toDisplay(file.path), known);
        for (let page = index; page < index + pages; page++) {
          if ((changed & PageEvent.EXISTS) === 0) continue;
          if (events & PageEvent.EXISTS) known.add(page);
          else known.delete(page);
        }
      }
    },
    error: () => undefined,
  });
  return told;
}

/** Waits until what is told of `path` is what the kernel says of `file`. */
async function agrees(told: ReadonlyMap<string, ReadonlySet<number>>, path: string, file: string): Promise<void> {
  const pages = Math.ceil(statSync(file).size / 4096);
  await until(`${path} is as the kernel has it`, () => [...(told.get(path) ?? [])].filter((page) => page < pages).sort((a, b) => a - b).join() === residentPages(file).join());
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

describe('Sessions on mounts that change', function () {
  this.timeout(60_000);
  let duet: Duet;
  const warnings: string[] = [];

  before(function () {
    needsRealKernel(this);
  });
  beforeEach(async () => {
    warnings.length = 0;
    const logger = { debug: () => undefined, info: () => undefined, warn: (message: string) => void warnings.push(message), error: () => undefined };
    duet = await openDuet({ stateDir: null, source: 'tracefs', logger });
  });
  afterEach(() => duet?.close());

  const watch = async (path: string): Promise<{ session: Session; told: Map<string, Set<number>>; mounts: MountChange[] }> => {
    const session = duet.register({ name: 'test', path: fromText(path), events: ['exists'] });
    const told = follow(session);
    const mounts: MountChange[] = [];
    session.mounts$.subscribe({ next: (change) => mounts.push(change), error: () => undefined });
    await session.ready;
    return { session, told, mounts };
  };

  it('a file system that is mounted, unmounted and mounted again below the path joins each time, and says so', async () => {
    await withLoopFs('ext4', { sizeMiB: 64 }, async (top) => {
      await withLoopFs('xfs', { sizeMiB: 320 }, async (_elsewhere, other) => {
        const below = join(top, 'below');
        mkdirSync(below);
        writeFileSync(join(below, 'hidden'), Buffer.alloc(8192, 1));
        const { told, mounts } = await watch(top);
        await agrees(told, 'below/hidden', join(below, 'hidden'));
        try {
          for (let round = 0; round < 2; round++) {
            execFileSync('mount', [other.device, below]);
            const file = join(below, `inside-${round}`);
            writeFileSync(file, Buffer.alloc(8192, 2));
            await agrees(told, `below/inside-${round}`, file);
            await until('what it hides is gone', () => told.get('below/hidden')?.size === 0);
            await until('nothing holds it', () => {
              try {
                execFileSync('umount', [below], { stdio: 'ignore' });
                return true;
              } catch {
                return false;
              }
            });
            await agrees(told, 'below/hidden', join(below, 'hidden'));
            await until('its files are gone', () => told.get(`below/inside-${round}`)?.size === 0);
          }
        } finally {
          if (isMounted(below)) execFileSync('umount', ['--lazy', below]);
        }
        const shown = mounts.map((change) => `${change.type} ${toDisplay(change.mountPoint)} ${change.fsType}${change.type === 'left' ? ` ${change.reason.code}` : ''}`);
        const round = [`joined ${below} xfs`, `left ${below} xfs DUET_ERR_MOUNT_GONE`];
        assert.deepEqual(shown, [...round, ...round]);
      });
    });
  });

  it('names are followed again on a file system that was mounted anew before anybody looked', async () => {
    await withLoopFs('ext4', { sizeMiB: 64 }, async (top) => {
      await withLoopFs('ext4', { sizeMiB: 64 }, async (_elsewhere, other) => {
        const below = join(top, 'below');
        mkdirSync(below);
        retryWhileBusy(() => execFileSync('umount', [other.mountPoint]));
        execFileSync('mount', [other.device, below]);
        try {
          const { told } = await watch(top);
          // In one go: the event loop has no turn in between.
          retryWhileBusy(() => execFileSync('umount', [below]));
          execFileSync('mount', [other.device, below]);
          await sleep(100);
          const file = join(below, 'new');
          writeFileSync(file, Buffer.alloc(8192, 2));
          renameSync(file, join(below, 'newer'));
          await agrees(told, 'below/newer', join(below, 'newer'));
        } finally {
          retryWhileBusy(() => execFileSync('umount', [below]));
          execFileSync('mount', [other.device, other.mountPoint]);
        }
      });
    });
  });

  it('files of a mounted subvolume are followed by name', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top, fs) => {
      execFileSync('btrfs', ['subvolume', 'create', join(top, 'sub')], { stdio: 'ignore' });
      const mounted = mkdtempSync(join(tmpdir(), 'duet-subvolume-'));
      execFileSync('mount', ['-o', 'subvol=sub', fs.device, mounted]);
      try {
        const { told } = await watch(mounted);
        const file = join(mounted, 'a');
        writeFileSync(file, Buffer.alloc(16_384, 1));
        await agrees(told, 'a', file);
        mkdirSync(join(mounted, 'folder'));
        renameSync(file, join(mounted, 'folder', 'b'));
        syncFileSystem(join(mounted, 'folder', 'b'));
        dropPages(join(mounted, 'folder', 'b'));
        await until('its pages are gone', () => told.get('folder/b')?.size === 0);
        readFileSync(join(mounted, 'folder', 'b'));
        await agrees(told, 'folder/b', join(mounted, 'folder', 'b'));
      } finally {
        await duet.close();
        retryWhileBusy(() => execFileSync('umount', [mounted]));
        rmSync(mounted, { recursive: true });
      }
    });
  });

  it('a snapshot that is made below the path is looked into', async () => {
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      execFileSync('btrfs', ['subvolume', 'create', join(top, 'sub')], { stdio: 'ignore' });
      writeFileSync(join(top, 'sub', 'a'), Buffer.alloc(16_384, 1));
      const { told } = await watch(top);
      execFileSync('btrfs', ['subvolume', 'snapshot', join(top, 'sub'), join(top, 'snap')], { stdio: 'ignore' });
      readFileSync(join(top, 'snap', 'a'));
      await agrees(told, 'snap/a', join(top, 'snap', 'a'));
      await agrees(told, 'sub/a', join(top, 'sub', 'a'));
    });
  });

  it('a folder that is seen twice through a bind mount has its files told under one of their names, before and after a rename', async () => {
    await withLoopFs('xfs', { sizeMiB: 320 }, async (top) => {
      const [real, bound] = [join(top, 'real'), join(top, 'bound')];
      mkdirSync(real);
      mkdirSync(bound);
      execFileSync('mount', ['--bind', real, bound]);
      try {
        const { told } = await watch(bound);
        writeFileSync(join(real, 'a'), Buffer.alloc(8192, 1));
        await agrees(told, 'a', join(real, 'a'));
        renameSync(join(real, 'a'), join(real, 'b'));
        writeFileSync(join(bound, 'b'), Buffer.alloc(16_384, 1));
        await agrees(told, 'b', join(real, 'b'));
      } finally {
        retryWhileBusy(() => execFileSync('umount', [bound]));
      }
    });
  });

  it('what is mounted on a folder that was just made hides it, whatever is told first', async () => {
    await withLoopFs('ext4', { sizeMiB: 64 }, async (top) => {
      const [outside, watched, point] = [join(top, 'outside'), join(top, 'watched'), join(top, 'watched', 'point')];
      mkdirSync(join(outside, 'deep'), { recursive: true });
      mkdirSync(watched);
      writeFileSync(join(outside, 'deep', 'a'), Buffer.alloc(8192, 1));
      const { told } = await watch(watched);
      mkdirSync(point);
      execFileSync('mount', ['--bind', outside, point]);
      try {
        await agrees(told, 'point/deep/a', join(outside, 'deep', 'a'));
        await sleep(100);
        writeFileSync(join(outside, 'deep', 'b'), Buffer.alloc(8192, 1));
        await agrees(told, 'point/deep/b', join(outside, 'deep', 'b'));
        await agrees(told, 'point/deep/a', join(outside, 'deep', 'a'));
      } finally {
        execFileSync('umount', ['--lazy', point]);
      }
    });
  });

  it('overlayfs is recognised, and said', async () => {
    await withLoopFs('ext4', { sizeMiB: 64 }, async (top) => {
      const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(top, name));
      for (const folder of [lower, upper, work, merged]) mkdirSync(folder);
      writeFileSync(join(lower, 'a'), Buffer.alloc(8192, 1));
      execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, merged]);
      try {
        await watch(merged);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0], /overlay/);
        assert.ok(warnings[0].includes(merged));
      } finally {
        retryWhileBusy(() => execFileSync('umount', [merged]));
      }
    });
  });
});

describe('Sessions where names are not followed', function () {
  this.timeout(60_000);

  it('find a new file by its inode’s number', async function () {
    needsRealKernel(this);
    for (const fsType of ['ext4', 'xfs', 'btrfs'] as const) {
      await withLoopFs(fsType, { sizeMiB: 320 }, async (top) => {
        writeFileSync(join(top, 'first'), Buffer.alloc(4096, 1));
        const duet = await openDuet({ stateDir: null }, { source: new TracefsSource(), names: new QuietNames() });
        try {
          const session = duet.register({ name: 'test', path: fromText(top), events: ['exists'] });
          const told = follow(session);
          await session.ready;
          // Several, as the second scan for new files comes a second after the first.
          for (const name of ['a', 'b', 'c']) {
            writeFileSync(join(top, name), Buffer.alloc(16_384, 1));
            await agrees(told, name, join(top, name));
          }
          assert.ok(existsSync(join(top, 'c')));
        } finally {
          await duet.close();
        }
      });
    }
  });
});

describe('A session on a single file', function () {
  this.timeout(60_000);

  it('follows what takes its place, and is told of nothing else', async function () {
    needsRealKernel(this);
    for (const fsType of ['ext4', 'xfs', 'btrfs'] as const) {
      await withLoopFs(fsType, { sizeMiB: 320 }, async (top) => {
        const file = join(top, 'file');
        writeFileSync(file, Buffer.alloc(16_384, 1));
        const source = new TracefsSource();
        const duet = await openDuet({ stateDir: null }, { source, names: new FanotifyNames() });
        try {
          const session = duet.register({ name: 'test', path: fromText(file), events: ['exists'] });
          const told = follow(session);
          await session.ready;
          await agrees(told, '', file);
          await sleep(50);
          const before = source.counters().events;
          writeFileSync(join(top, 'other'), Buffer.alloc(1 << 20, 1));
          await sleep(50);
          assert.equal(source.counters().events, before, 'events of others');
          writeFileSync(join(top, 'next'), Buffer.alloc(65_536, 1));
          renameSync(join(top, 'next'), file);
          await agrees(told, '', file);
          syncFileSystem(file);
          dropPages(file);
          await agrees(told, '', file);
          readFileSync(file);
          await agrees(told, '', file);
          const folder = duet.register({ name: 'folder', path: fromText(top), events: ['exists'] });
          const all = follow(folder);
          await folder.ready;
          writeFileSync(join(top, 'third'), Buffer.alloc(16_384, 1));
          await agrees(all, 'third', join(top, 'third'));
          await agrees(all, 'other', join(top, 'other'));
        } finally {
          await duet.close();
        }
      });
    }
  });
});
