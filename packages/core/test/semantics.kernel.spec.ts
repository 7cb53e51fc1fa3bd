import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PageEvent, eventNames, fromText, openDuet, toDisplay } from '../src/index.js';
import type { Duet, EventName, FileRef, Item, Session, SessionOptions } from '../src/index.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from './kernel/loop-fs.js';
import type { LoopFs } from './kernel/loop-fs.js';
import { dropPages, residentPages, syncFileSystem, writeMapped } from './kernel/page-cache-calls.js';

/** Longest that a change may take to show, in milliseconds. */
const PATIENCE_MS = 10_000;

/** A session, and what it has told so far. */
class Watcher {
  readonly session: Session;
  readonly files = new Map<string, FileRef>();
  /** By path: pages that exist, and those told as modified. */
  readonly exists = new Map<string, Set<number>>();
  readonly modified = new Map<string, Set<number>>();
  /** Items with no event in them. */
  empty = 0;
  /** What the session ended with. */
  failure: unknown;

  constructor(session: Session) {
    this.session = session;
    session.items$.subscribe({ next: (items) => this.#take(items), error: (error: unknown) => (this.failure = error) });
  }

  /** Waits until the cached pages told of `path` are the kernel's. */
  async agrees(path: string, file: string): Promise<void> {
    let told: number[] = [];
    let truth: number[] = [];
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(10)) {
      truth = residentPages(file);
      const last = Math.ceil(statSync(file).size / 4096);
      // A folio may reach beyond the end of the file, where mincore does not look.
      told = [...(this.exists.get(path) ?? [])].filter((page) => page < last).sort((a, b) => a - b);
      if (told.join() === truth.join()) return;
    }
    assert.deepEqual(told, truth, `cached pages of ${path}`);
  }

  #take(items: readonly Item[]): void {
    for (const { file, index, pages, events, changed } of items) {
      const path = toDisplay(file.path);
      if (events === 0 && changed === 0) this.empty++;
      this.files.set(path, file);
      for (let page = index; page < index + pages; page++) {
        if (changed & PageEvent.EXISTS) keep(this.exists, path, page, events & PageEvent.EXISTS);
        if (changed & PageEvent.MODIFIED) keep(this.modified, path, page, events & PageEvent.MODIFIED);
      }
    }
  }
}

function keep(all: Map<string, Set<number>>, path: string, page: number, now: number): void {
  if (!all.has(path)) all.set(path, new Set());
  if (now) all.get(path)!.add(page);
  else all.get(path)!.delete(page);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !holds(); await sleep(10)) assert.ok(Date.now() < end, `${what}: not after ${PATIENCE_MS} ms`);
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

/** Unmounts; false if it is busy. */
function unmounted(path: string): boolean {
  return spawnSync('umount', [path]).status === 0;
}

/** Takes every dentry and inode that nothing holds out of the kernel's memory. */
function dropDentries(): void {
  writeFileSync('/proc/sys/vm/drop_caches', '2');
}

for (const fsType of LOOP_FS_TYPES) {
  describe(`on a real ${fsType}`, function () {
    this.timeout(60_000);
    let fs: LoopFs;
    let data: string;
    let duet: Duet;
    const watch = async (path: string, events: readonly EventName[] = ['exists', 'modified'], options: Partial<SessionOptions> = {}): Promise<Watcher> => {
      const session = duet.register({ name: 'test', path: fromText(path), events, ...options });
      const watcher = new Watcher(session);
      await session.ready;
      return watcher;
    };
    const write = (path: string, pages = 8): string => {
      writeFileSync(join(fs.mountPoint, path), Buffer.alloc(pages * 4096, path));
      return join(fs.mountPoint, path);
    };
    /** One page anew. A file that is truncated first is written to the disk as soon as it is closed. */
    const rewrite = (file: string, page = 0): void => {
      const fd = openSync(file, 'r+');
      writeSync(fd, Buffer.alloc(4096, 'new'), 0, 4096, page * 4096);
      closeSync(fd);
    };
    /** Written, on the disk, and not cached. */
    const writeCold = (path: string, pages = 8): string => {
      const file = write(path, pages);
      syncFileSystem(file);
      dropPages(file);
      return file;
    };

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType, { sizeMiB: 400 });
      data = join(fs.mountPoint, 'data');
    });
    beforeEach(async () => {
      mkdirSync(data);
      duet = await openDuet({ stateDir: null, source: 'tracefs' });
    });
    afterEach(async () => {
      await duet?.close();
      for (const name of fs === undefined ? [] : readdirSync(fs.mountPoint)) execFileSync('rm', ['-rf', join(fs.mountPoint, name)]);
    });
    after(() => fs?.remove());

    describe('Faults of the original', () => {
      it('fault 1: neighbouring inodes do not share a bit', async () => {
        const names = Array.from({ length: 64 }, (_, i) => `data/${i}`);
        const files = names.map((name) => writeCold(name, 1));
        const watcher = await watch(data);
        for (const file of files) readFileSync(file);
        await until('all are told', () => watcher.files.size === files.length);
        const refs = [...watcher.files.values()];
        assert.equal(new Set(refs.map(({ no }) => no)).size, refs.length, 'file numbers');
        assert.ok(Math.max(...refs.map(({ no }) => no)) <= refs.length, 'numbers are dense');
        const done = refs.filter(({ id }) => id.ino % 2 === 0);
        for (const file of done) watcher.session.setDone(file);
        for (const file of refs) assert.equal(watcher.session.isDone(file), done.includes(file), toDisplay(file.path));
      });

      it('fault 2: a task that registers for EXISTS or MODIFIED alone gets its changes', async () => {
        const file = writeCold('data/a');
        const exists = await watch(data, ['exists']);
        const modified = await watch(data, ['modified']);
        readFileSync(file);
        await exists.agrees('a', file);
        assert.equal(modified.files.size, 0);
        rewrite(file);
        await until('the write is told', () => modified.modified.get('a')?.has(0) === true);
        syncFileSystem(file);
        await until('the flush is told', () => modified.modified.get('a')?.size === 0);
      });

      it('fault 3: a path is not a prefix of names', async () => {
        mkdirSync(`${data}-too`);
        const inside = writeCold('data/a');
        const beside = writeCold('data-too/a');
        const watcher = await watch(data);
        readFileSync(beside);
        readFileSync(inside);
        await watcher.agrees('a', inside);
        assert.deepEqual([...watcher.files.keys()], ['a']);
      });

      it('fault 4: a file whose dentry is not cached is found by its events', async () => {
        const known = writeCold('data/known');
        const watcher = await watch(data);
        const fresh = write('data/fresh');
        // Its pages are dirty and stay; its name is known to the disk alone.
        dropDentries();
        syncFileSystem(data);
        await until('the new file is told', () => watcher.files.has('fresh'));
        dropDentries();
        readFileSync(known);
        await watcher.agrees('known', known);
        await watcher.agrees('fresh', fresh);
      });

      it('fault 4: a path asked for after the dentries were dropped is found', async () => {
        mkdirSync(join(data, 'deep', 'er'), { recursive: true });
        const file = writeCold('data/deep/er/file');
        readFileSync(file);
        dropDentries();
        const watcher = await watch(data);
        await watcher.agrees('deep/er/file', file);
      });

      it('fault 5: no item without an event, however many tasks hold the page', async () => {
        const file = writeCold('data/a', 64);
        const watchers = [await watch(data), await watch(data, ['exists']), await watch(data, ['modified']), await watch(data, ['exists', 'dirty'])];
        for (let round = 0; round < 200; round++) {
          readFileSync(file);
          dropPages(file);
          if (round % 20 === 0) await sleep(1);
        }
        readFileSync(file);
        for (const watcher of watchers.filter(({ session }) => session.mask & PageEvent.EXISTS)) await watcher.agrees('a', file);
        for (const watcher of watchers) assert.equal(watcher.empty, 0);
        assert.equal(watchers[2].files.size, 0);
      });

      it('fault 6: files of every file system below the path are told', async () => {
        const other = makeLoopFs(fsType === 'ext4' ? 'xfs' : 'ext4', { sizeMiB: 400 });
        const below = join(data, 'below');
        mkdirSync(below);
        execFileSync('mount', ['--bind', other.mountPoint, below]);
        try {
          const here = writeCold('data/a');
          const there = writeCold('data/below/a');
          const watcher = await watch(data);
          readFileSync(here);
          readFileSync(there);
          await watcher.agrees('a', here);
          await watcher.agrees('below/a', there);
        } finally {
          execFileSync('umount', [below]);
          rmdirSync(below);
          other.remove();
        }
      });
    });

    describe('Semantics: registration', () => {
      it('what is cached and dirty comes first', async () => {
        const file = write('data/a');
        const watcher = await watch(data);
        await watcher.agrees('a', file);
        await until('dirty pages are told', () => watcher.modified.get('a')?.size === 8 || residentPages(file).length < 8);
      });
    });

    describe('Semantics: done', () => {
      /** Size and times, as stamps take them. */
      const versionOf = (file: string): string => {
        const { size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
        return `${size} ${mtimeNs} ${ctimeNs}`;
      };
      /** What is told of the file while `act` runs, as names of events. */
      const toldDuring = async (file: string, act: () => void): Promise<Set<string>> => {
        const watcher = await watch(data, ['dirty', 'flushed']);
        const told = new Set<string>();
        watcher.session.items$.subscribe((items) => items.flatMap((item) => eventNames(item.events)).forEach((name) => told.add(name)));
        act();
        syncFileSystem(file);
        await until('the flush is told', () => told.has('flushed'));
        return told;
      };

      it('a write through a mapping is a DIRTY event, and moves the times at that moment', async () => {
        const file = writeCold('data/a');
        await sleep(30);
        const before = versionOf(file);
        const told = await toldDuring(file, () => {
          writeMapped(file, [5000], false);
          assert.notEqual(versionOf(file), before);
        });
        assert.ok(told.has('dirty'));
      });

      if (fsType === 'btrfs') {
        it('a defragmentation is DIRTY events, and moves nothing', async () => {
          const file = write('data/a', 64);
          for (let page = 0; page < 64; page += 2) {
            rewrite(file, page);
            syncFileSystem(file);
          }
          const before = versionOf(file);
          const told = await toldDuring(file, () => execFileSync('btrfs', ['filesystem', 'defragment', file]));
          assert.ok(told.has('dirty'));
          assert.equal(versionOf(file), before);
        });
      }
    });

    describe('Semantics: paths', () => {
      it('any name of the file under the path counts', async () => {
        mkdirSync(join(fs.mountPoint, 'elsewhere'));
        const file = writeCold('elsewhere/first');
        linkSync(file, join(data, 'second'));
        const watcher = await watch(data);
        readFileSync(file);
        await watcher.agrees('second', file);
      });

      it('a file read through a bind mount is told under the path', async () => {
        const file = writeCold('data/a');
        const bound = join(fs.mountPoint, 'bound');
        mkdirSync(bound);
        execFileSync('mount', ['--bind', data, bound]);
        try {
          const [watcher, through] = [await watch(data), await watch(bound)];
          readFileSync(join(bound, 'a'));
          await watcher.agrees('a', file);
          await through.agrees('a', file);
          through.session.close();
          await until('the path is let go', () => unmounted(bound));
        } finally {
          if (isMounted(bound)) execFileSync('umount', ['--lazy', bound]);
        }
      });

      it('renames are followed', async () => {
        const file = writeCold('data/old');
        const watcher = await watch(data);
        renameSync(file, join(data, 'new'));
        await sleep(100);
        readFileSync(join(data, 'new'));
        await until('the new name is told', () => watcher.files.has('new'));
      });

      it('a file that moves out of the path is not told any more, one that moves in is', async () => {
        mkdirSync(join(fs.mountPoint, 'elsewhere'));
        const leaves = writeCold('data/leaves');
        const comes = writeCold('elsewhere/comes');
        const watcher = await watch(data);
        renameSync(leaves, join(fs.mountPoint, 'elsewhere', 'left'));
        renameSync(comes, join(data, 'came'));
        await sleep(100);
        readFileSync(join(fs.mountPoint, 'elsewhere', 'left'));
        readFileSync(join(data, 'came'));
        await watcher.agrees('came', join(data, 'came'));
        assert.deepEqual([...watcher.files.keys()], ['came']);
      });

      it('a mount that appears below the path joins, and one that goes leaves', async () => {
        const other = makeLoopFs(fsType === 'ext4' ? 'xfs' : 'ext4', { sizeMiB: 400 });
        const below = join(data, 'below');
        mkdirSync(below);
        try {
          writeFileSync(join(other.mountPoint, 'a'), Buffer.alloc(8 * 4096, 1));
          const watcher = await watch(data);
          execFileSync('mount', ['--bind', other.mountPoint, below]);
          await watcher.agrees('below/a', join(below, 'a'));
          await until('it can be unmounted', () => unmounted(below));
          await until('its pages are gone', () => watcher.exists.get('below/a')?.size === 0);
        } finally {
          if (isMounted(below)) execFileSync('umount', ['--lazy', below]);
          other.remove();
        }
      });

      it('a session that loses its last mount completes with a typed reason', async () => {
        const bound = join(fs.mountPoint, 'bound');
        mkdirSync(bound);
        const file = writeCold('data/a');
        execFileSync('mount', ['--bind', data, bound]);
        try {
          const watcher = await watch(bound);
          readFileSync(file);
          await watcher.agrees('a', file);
          await until('it can be unmounted', () => unmounted(bound));
          await until('the session ends', () => watcher.failure !== undefined);
          assert.equal((watcher.failure as { code: string }).code, 'DUET_ERR_MOUNT_GONE');
        } finally {
          if (isMounted(bound)) execFileSync('umount', ['--lazy', bound]);
        }
      });
    });

    describe('Semantics: status', () => {
      it('stopped means that no instance is left behind', async () => {
        const instances = (): number => readdirSync('/sys/kernel/tracing/instances').filter((name) => name.startsWith(`duet-${process.pid}-`)).length;
        await watch(data);
        const before = instances();
        await duet.close();
        assert.equal(instances(), before - 1);
      });
    });
  });
}
