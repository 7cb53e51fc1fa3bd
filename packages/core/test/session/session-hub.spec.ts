import assert from 'node:assert/strict';
import fc from 'fast-check';
import { merge } from 'rxjs';
import { eventNames } from '../../src/model/index.js';
import type { Item } from '../../src/model/index.js';
import type { HubSession } from '../../src/session/index.js';
import { cameFromDisk } from '../../src/session/trust.js';
import { DEV, ScriptedDisk } from './scripted-disk.js';
import type { ScriptedFile } from './scripted-disk.js';

/** `path:page events` of each page, in order; a lost state is written `-exists`. */
function pagesOf(items: readonly Item[]): string[] {
  return items
    .flatMap(({ file, index, pages, events, changed }) =>
      Array.from({ length: pages }, (_, i) => `${file.path}:${index + i} ${[...eventNames(events), ...eventNames(changed & ~events).map((name) => `-${name}`)].join('+')}`),
    )
    .sort();
}

function fetchAll(session: HubSession): string[] {
  return pagesOf(session.fetch(Infinity));
}

function slotOf(disk: ScriptedDisk, file: ScriptedFile): number {
  return disk.hub.table.files.find(DEV, file.ino);
}

function started(disk: ScriptedDisk, ...args: Parameters<ScriptedDisk['register']>): HubSession {
  const session = disk.register(...args);
  disk.pass(1);
  return session;
}

describe('SessionHub: registration', () => {
  it('reports first what is cached, with dirty pages, then what changes', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.read(file, 3, 2);
    disk.write(file, 9);
    disk.silence();
    const session = started(disk, '/data');
    assert.deepEqual(fetchAll(session), ['a:3 exists', 'a:4 exists', 'a:9 exists+modified']);
    disk.evict(file, 3);
    disk.read(file, 20);
    assert.deepEqual(fetchAll(session), ['a:20 exists', 'a:3 -exists']);
    assert.deepEqual(fetchAll(session), []);
  });

  it('loses no event that comes between the look at a file and the report of the scan', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.read(file, 0);
    disk.scanMs = 100;
    const session = started(disk, '/data');
    disk.pass(50);
    disk.read(file, 1);
    disk.evict(file, 0);
    disk.pass(10);
    assert.deepEqual(fetchAll(session), []);
    disk.pass(300);
    assert.deepEqual(fetchAll(session), ['a:1 exists']);
  });

  it('tells no event twice that a probe saw already, however late it is drained', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data', { events: ['added', 'removed', 'dirty'] });
    disk.drainEvents = 0;
    disk.read(file, 0);
    disk.write(file, 7);
    disk.hub.probe([slotOf(disk, file)]);
    assert.deepEqual(fetchAll(session), ['a:0 added', 'a:7 added+dirty']);
    disk.drainEvents = Infinity;
    assert.deepEqual(fetchAll(session), []);
    disk.read(file, 0);
    assert.deepEqual(fetchAll(session), ['a:0 added']);
  });

  it('lets events win over a probe that is older', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.read(file, 0);
    const session = started(disk, '/data');
    fetchAll(session);
    disk.probeMs = 5;
    disk.hub.probe([slotOf(disk, file)]);
    fetchAll(session);
    disk.evict(file, 0);
    assert.deepEqual(fetchAll(session), ['a:0 -exists']);
    disk.pass(400);
    assert.deepEqual(fetchAll(session), []);
    disk.pass(10);
    assert.deepEqual(fetchAll(session), []);
    assert.equal(disk.hub.settled, true);
  });

  it('ends up with what is true, whatever happens when (property)', function () {
    this.timeout(60_000);
    const act = fc.record({
      what: fc.constantFrom('read', 'write', 'evict', 'flush', 'fetch', 'pass', 'lose', 'ask', 'drainLittle', 'drainAll'),
      file: fc.nat({ max: 2 }),
      page: fc.nat({ max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.constantFrom(0, 7, 40), fc.constantFrom(0, 3), (acts, scanMs, probeMs) => {
        const disk = new ScriptedDisk();
        disk.scanMs = scanMs;
        disk.probeMs = probeMs;
        const files = ['/data/a', '/data/b', '/data/c/d'].map((path) => disk.create(path));
        disk.read(files[0], 0, 4);
        const session = disk.register('/data');
        const told = new Map<string, string>();
        const fetch = (max: number): void => {
          for (const { file, index, pages, events, changed } of session.fetch(max)) {
            for (let page = index; page < index + pages; page++) {
              const key = `${file.path}:${page}`;
              const state = new Set(told.get(key)?.split('+'));
              for (const name of eventNames(changed)) {
                assert.equal(state.has(name), !eventNames(events).includes(name), `${key} ${name} changed`);
                if (state.has(name)) state.delete(name);
                else state.add(name);
              }
              if (state.size === 0) told.delete(key);
              else told.set(key, [...state].sort().join('+'));
            }
          }
        };
        for (const { what, file, page } of acts) {
          if (what === 'read' && !files[file].pages.has(page)) disk.read(files[file], page);
          else if (what === 'write') disk.write(files[file], page);
          else if (what === 'evict') disk.evict(files[file], page);
          else if (what === 'flush') disk.flush(files[file]);
          else if (what === 'fetch') fetch(page);
          else if (what === 'pass') disk.pass(page);
          else if (what === 'lose') disk.lose();
          else if (what === 'ask' && slotOf(disk, files[file]) !== -1) disk.hub.probe([slotOf(disk, files[file])]);
          else if (what === 'drainLittle') disk.drainEvents = 1;
          else if (what === 'drainAll') disk.drainEvents = Infinity;
        }
        disk.drainEvents = Infinity;
        for (let i = 0; i < 100; i++) {
          disk.pass(10);
          fetch(Infinity);
        }
        const truth = files.flatMap((file) => [...file.pages].map(([page, dirty]) => `${[...file.names][0].slice(6)}:${page} exists${dirty ? '+modified' : ''}`));
        assert.deepEqual([...told].map(([key, state]) => `${key} ${state}`).sort(), truth.sort());
      }),
      { numRuns: 400 },
    );
  });

  it('does not read the cache state where that is not asked for', () => {
    const disk = new ScriptedDisk();
    disk.create('/data/a');
    const session = disk.hub.register({ name: 'x', path: '/data' as never, events: ['dirty'] }, { internal: true, followNew: false, scan: { physical: false, residency: false } });
    disk.pass(1);
    session.fetch(10);
    disk.pass(500);
    session.fetch(10);
    assert.deepEqual(disk.probes, []);
  });
});

describe('SessionHub: paths', () => {
  it('counts any name under the path, and no name that only begins like it', () => {
    const disk = new ScriptedDisk();
    const linked = disk.create('/homework/x');
    disk.link(linked, '/home/y');
    const other = disk.create('/homework/z');
    const home = started(disk, '/home');
    const homework = started(disk, '/homework');
    disk.read(linked, 0);
    disk.read(other, 0);
    assert.deepEqual(fetchAll(home), ['y:0 exists']);
    assert.deepEqual(fetchAll(homework), ['x:0 exists', 'z:0 exists']);
  });

  it('follows a file that is renamed, and gives its new name', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/old');
    const session = started(disk, '/data');
    disk.read(file, 0);
    assert.deepEqual(fetchAll(session), ['old:0 exists']);
    disk.rename(file, '/data/old', '/data/new');
    disk.hub.rescan(session);
    disk.read(file, 1);
    assert.deepEqual(fetchAll(session), ['new:1 exists']);
  });

  it('looks for the new name of a file that is gone under its only one', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/old');
    const session = started(disk, '/data');
    disk.pass(2000);
    disk.rename(file, '/data/old', '/data/new');
    disk.hub.probe([slotOf(disk, file)]);
    fetchAll(session);
    disk.pass(2000);
    fetchAll(session);
    disk.read(file, 1);
    assert.deepEqual(fetchAll(session), ['new:1 exists']);
  });

  it('lets a file go that moves out of the path, and keeps one with another name there', () => {
    const disk = new ScriptedDisk();
    const gone = disk.create('/data/gone');
    const linked = disk.create('/data/one');
    disk.link(linked, '/data/two');
    const session = started(disk, '/data');
    disk.rename(gone, '/data/gone', '/elsewhere/gone');
    linked.names.delete('/data/one' as never);
    disk.hub.probe([slotOf(disk, gone), slotOf(disk, linked)]);
    for (let i = 0; i < 3; i++) {
      fetchAll(session);
      disk.pass(500);
    }
    disk.read(gone, 0);
    disk.read(linked, 0);
    assert.deepEqual(fetchAll(session), ['two:0 exists']);
  });

  it('asks accepts once a file, and again for its successor in the inode', () => {
    const disk = new ScriptedDisk();
    const asked: string[] = [];
    const file = disk.create('/data/a.tmp', { ino: 5 });
    disk.create('/data/b', { ino: 6 });
    const session = started(disk, '/data', { accepts: ({ path, id }) => (asked.push(`${path} ${id.gen}`), !path.endsWith('.tmp')) });
    disk.read(file, 0);
    disk.hub.rescan(session);
    assert.deepEqual(asked, ['a.tmp 1', 'b 1']);
    assert.deepEqual(fetchAll(session), []);
    disk.unlink(file);
    const successor = disk.create('/data/c', { ino: 5, gen: 2 });
    disk.hub.rescan(session);
    assert.deepEqual(asked, ['a.tmp 1', 'b 1', 'c 2']);
    disk.read(successor, 1);
    assert.deepEqual(fetchAll(session), ['c:1 exists']);
  });

  it('forgets done and pages when the inode is reused', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a', { ino: 5 });
    disk.read(file, 0, 4);
    const session = started(disk, '/data');
    const [{ file: ref }] = session.fetch(10);
    session.setDone(ref);
    assert.equal(session.isDone(ref), true);
    disk.unlink(file);
    const successor = disk.create('/data/a', { ino: 5, gen: 2 });
    disk.read(successor, 2);
    disk.hub.rescan(session);
    disk.pass(300);
    assert.equal(session.isDone(ref), false);
    const items = session.fetch(10);
    assert.deepEqual(pagesOf(items), ['a:2 exists']);
    assert.equal(items[0].file.id.gen, 2);
    assert.equal(session.isDone(items[0].file), false);
  });

  it('keeps a file that one session excludes from it when another finds it', () => {
    const disk = new ScriptedDisk();
    const files = ['/data/a.log', '/data/keep', '/data/cache/x'].map((path) => disk.create(path));
    const picky = started(disk, '/data', { exclude: ['*.log', 'cache/'] });
    const all = started(disk, '/');
    for (const file of files) disk.read(file, 0);
    assert.deepEqual(fetchAll(picky), ['keep:0 exists']);
    assert.deepEqual(fetchAll(all), ['data/a.log:0 exists', 'data/cache/x:0 exists', 'data/keep:0 exists']);
  });

  it('settles by probing whose pages they are where two subvolumes use one inode number', () => {
    const disk = new ScriptedDisk();
    disk.fs.length = 0;
    disk.addFs(256, 40);
    disk.addFs(257, 41);
    const one = disk.create('/data/one/f', { ino: 5, fs: 0 });
    const two = disk.create('/data/two/f', { ino: 5, fs: 1 });
    const session = started(disk, '/data');
    disk.read(two, 3);
    assert.deepEqual(fetchAll(session), ['two/f:3 exists']);
    disk.pass(1000);
    disk.read(one, 8);
    disk.evict(two, 3);
    assert.deepEqual(fetchAll(session), ['one/f:8 exists', 'two/f:3 -exists']);
  });

  it('finds new files because of their events, with a pause between scans', () => {
    const disk = new ScriptedDisk();
    const session = started(disk, '/data');
    session.items$.subscribe();
    for (let i = 0; i < 100; i++) {
      disk.stranger(50_000 + i);
      disk.pass(100);
    }
    assert.ok(disk.scans >= 8 && disk.scans <= 12, `${disk.scans} scans in ten seconds`);
    disk.scans = 0;
    disk.pass(10_000);
    assert.ok(disk.scans <= 1);
    const file = disk.create('/data/new');
    disk.read(file, 4);
    disk.pass(2000);
    assert.equal(disk.hub.table.residentPages(slotOf(disk, file), 0, Infinity), 1);
  });

  it('scans again for a file that appeared while a scan was under way', () => {
    const disk = new ScriptedDisk();
    disk.scanMs = 100;
    const session = started(disk, '/data');
    session.items$.subscribe();
    disk.pass(20);
    const file = disk.create('/data/new');
    disk.read(file, 4);
    disk.pass(5000);
    assert.notEqual(slotOf(disk, file), -1);
  });
});

describe('SessionHub: loss and sweeps', () => {
  it('reads all files again after a loss, and says so with counts', () => {
    const disk = new ScriptedDisk();
    const files = [1, 2, 3].map((n) => disk.create(`/data/${n}`));
    const session = started(disk, '/data');
    const other = started(disk, '/other');
    const lost: unknown[] = [];
    session.lost$.subscribe((event) => lost.push(event));
    for (const file of files) disk.read(file, 0);
    disk.lose();
    const items = fetchAll(session);
    assert.deepEqual(lost, [{ events: 3, filesReread: 3 }]);
    assert.deepEqual(items, ['1:0 exists', '2:0 exists', '3:0 exists']);
    assert.equal(session.counters().lost, 3);
    other.close();
  });

  it('reads again what a scan looked at before a loss', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.scanMs = 100;
    const session = started(disk, '/data');
    disk.pass(50);
    disk.read(file, 0);
    disk.lose();
    session.fetch(1);
    disk.pass(300);
    disk.hub.pump();
    disk.pass(300);
    assert.deepEqual(fetchAll(session), ['a:0 exists']);
  });

  it('scans for files whose first events were lost', () => {
    const disk = new ScriptedDisk();
    const session = started(disk, '/data');
    disk.pass(2000);
    disk.read(disk.create('/data/new'), 0);
    disk.lose();
    assert.deepEqual(fetchAll(session), ['new:0 exists']);
  });

  it('finds changes by sweeping where there are no events', () => {
    const disk = new ScriptedDisk({ sweeps: true });
    const file = disk.create('/data/a');
    const session = started(disk, '/data');
    const seen: string[] = [];
    session.items$.subscribe((items) => seen.push(...pagesOf(items)));
    disk.pass(2000);
    disk.read(file, 5);
    disk.write(file, 6);
    disk.silence();
    disk.pass(2000);
    assert.deepEqual(seen, ['a:5 exists', 'a:6 exists+modified']);
    disk.create('/data/b');
    disk.pass(3000);
    assert.equal(disk.hub.table.files.length, 2);
    assert.ok(disk.probes.length < 20, `${disk.probes.length} probes in seven seconds`);
  });

  it('settles although a file changes all the time, and probes it now and then', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/log');
    disk.read(file, 0, 4);
    disk.silence();
    const session = started(disk, '/data');
    disk.probeMs = 2;
    session.items$.subscribe();
    let settled = 0;
    for (let i = 0; i < 1000; i++) {
      disk.write(file, 1);
      disk.flush(file);
      disk.pass(5);
      if (disk.hub.settled) settled++;
    }
    assert.ok(settled > 500, `settled ${settled} times of 1000`);
    assert.ok(disk.probes.length < 60, `${disk.probes.length} probes in five seconds`);
  });
});

describe('SessionHub: several sessions', () => {
  it('keeps one who never fetches from slowing or costing the others', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const slow = started(disk, '/data');
    const fast = started(disk, '/data');
    for (let n = 0; n < 5000; n++) {
      disk.read(file, n);
      if (n > 0) disk.evict(file, n - 1);
      assert.equal(fetchAll(fast).length, n === 0 ? 1 : 2);
    }
    assert.ok(disk.hub.table.chunks < 200, `${disk.hub.table.chunks} chunks`);
    assert.deepEqual(fetchAll(slow), ['a:4999 exists']);
  });

  it('bounds the batches of the observable, and gives none that is empty', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data', { batchSize: 3 });
    const sizes: number[] = [];
    session.items$.subscribe((items) => sizes.push(items.length));
    for (let n = 0; n < 20; n += 2) disk.read(file, n);
    disk.pass(200);
    assert.deepEqual(sizes, [3, 3, 3, 1]);
  });

  it('polls at the interval asked for', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data', { fetchIntervalMs: 50 });
    const times: number[] = [];
    session.items$.subscribe(() => times.push(disk.scheduler.now()));
    const start = disk.scheduler.now();
    for (let n = 0; n < 20; n++) {
      disk.read(file, n);
      disk.pass(10);
    }
    assert.deepEqual(times.map((time) => time - start), [50, 100, 150, 200]);
  });

  it('refuses more sessions than the maximum, but not the planner’s own', () => {
    const disk = new ScriptedDisk({ maxTasks: 2 });
    const first = disk.register('/a');
    disk.register('/b');
    disk.hub.register({ name: 'planner', path: '/a' as never, events: ['exists'] }, { internal: true, followNew: false, scan: { physical: true, residency: true } });
    assert.throws(() => disk.register('/c'), { code: 'DUET_ERR_TASKS_MAX' });
    first.close();
    disk.register('/c').close();
    assert.throws(() => disk.register('/c', { events: ['exists', 'added'] }), { code: 'DUET_ERR_EVENT_MASK' });
  });

  it('leaves nothing of a closed session, and refuses its calls', async () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = disk.register('/data');
    let completed = 0;
    merge(session.items$, session.lost$, session.moved$, session.scanned$).subscribe({ complete: () => completed++ });
    disk.pass(1);
    disk.read(file, 0);
    const [{ file: ref }] = session.fetch(5);
    disk.read(file, 1);
    disk.hub.pump();
    session.close();
    session.close();
    await session.ready;
    assert.equal(completed, 1);
    assert.equal(disk.hub.table.chunks, 0);
    assert.deepEqual(disk.closed, ['/data']);
    assert.deepEqual(disk.hub.sessions, []);
    const closed = { code: 'DUET_ERR_SESSION_CLOSED' };
    for (const call of [() => session.fetch(1), () => session.setDone(ref), () => session.resetDone(ref), () => session.isDone(ref), () => session.counters()]) assert.throws(call, closed);
    let failed: unknown;
    session.items$.subscribe({ error: (error: unknown) => (failed = error) });
    disk.pass(100);
    assert.equal((failed as { code?: string }).code, closed.code);
  });

  it('closes from within its own subscription', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data');
    let batches = 0;
    session.items$.subscribe(() => {
      batches++;
      session.close();
    });
    disk.read(file, 0);
    disk.pass(100);
    assert.equal(batches, 1);
  });

  it('asks another session’s survey what a closed one did not answer', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const first = started(disk, '/data');
    const second = started(disk, '/data');
    disk.probeMs = 50;
    disk.read(file, 0);
    disk.lose();
    second.fetch(1);
    disk.pass(10);
    first.close();
    disk.hub.pump();
    disk.pass(100);
    assert.deepEqual(fetchAll(second), ['a:0 exists']);
    assert.equal(disk.hub.settled, true);
  });

  it('fails all observables, and ready, of a session whose scan fails', async () => {
    const disk = new ScriptedDisk();
    const session = disk.register('/data');
    const errors: unknown[] = [];
    const failed = { error: (error: { code: string }) => errors.push(error.code) };
    session.items$.subscribe(failed);
    session.lost$.subscribe(failed);
    session.scanned$.subscribe(failed);
    disk.files.push(undefined as never);
    disk.pass(1);
    await assert.rejects(session.ready, { code: 'DUET_ERR_INTERNAL' });
    assert.deepEqual(errors, ['DUET_ERR_INTERNAL', 'DUET_ERR_INTERNAL', 'DUET_ERR_INTERNAL']);
    session.close();
  });
});

describe('SessionHub: trust in what is cached', () => {
  const trusted = (disk: ScriptedDisk, file: ScriptedFile): boolean => disk.hub.cacheIsFromDisk(slotOf(disk, file), 0, 100);

  it('takes pages for the disk’s that were read while we watched, until they are written', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data');
    disk.read(file, 0, 4);
    fetchAll(session);
    assert.equal(trusted(disk, file), true);
    disk.write(file, 2);
    fetchAll(session);
    assert.equal(trusted(disk, file), false);
    disk.flush(file);
    fetchAll(session);
    assert.equal(trusted(disk, file), false);
  });

  it('takes cached pages for the disk’s where the file did not change since the mount', () => {
    const disk = new ScriptedDisk();
    const old = disk.create('/data/old');
    const fresh = disk.create('/data/fresh');
    disk.read(old, 0);
    disk.read(fresh, 0);
    disk.touch(fresh);
    disk.silence();
    started(disk, '/data');
    assert.equal(trusted(disk, old), true);
    assert.equal(trusted(disk, fresh), false);
  });

  it('does not mistake pages for new ones that it has forgotten', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.write(file, 0);
    disk.flush(file);
    disk.silence();
    disk.pass(1000);
    started(disk, '/data').close();
    disk.pass(1000);
    started(disk, '/data');
    assert.equal(trusted(disk, file), false);
  });

  it('does not mistake pages for new ones that a probe saw when nobody wanted the file', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.write(file, 0);
    disk.flush(file);
    disk.silence();
    disk.pass(1000);
    started(disk, '/data', { accepts: () => false });
    disk.pass(1000);
    started(disk, '/data');
    assert.equal(trusted(disk, file), false);
  });

  it('takes pages for the disk’s that a probe found absent before, in a file that did not change since', () => {
    const disk = new ScriptedDisk({ sweeps: true });
    const file = disk.create('/data/a');
    disk.touch(file);
    disk.pass(1000);
    const session = started(disk, '/data');
    disk.pass(1000);
    disk.read(file, 0);
    disk.silence();
    fetchAll(session);
    fetchAll(session);
    assert.equal(disk.hub.table.residentPages(slotOf(disk, file), 0, 1), 1);
    assert.equal(trusted(disk, file), true);
  });

  it('trusts nothing of a file that changed, whoever noticed, until it is probed', () => {
    const disk = new ScriptedDisk({ sweeps: true });
    const file = disk.create('/data/a');
    disk.read(file, 0);
    disk.silence();
    const session = started(disk, '/data');
    assert.equal(trusted(disk, file), true);
    disk.pass(1000);
    disk.write(file, 0);
    disk.flush(file);
    disk.silence();
    // As a worker does, which looks at the file when it has processed it.
    disk.hub.index.setStat(slotOf(disk, file), file.size, file.ctimeNs, file.ctimeNs);
    assert.equal(trusted(disk, file), false);
    disk.pass(2000);
    fetchAll(session);
    fetchAll(session);
    assert.equal(trusted(disk, file), false);
  });

  it('remembers that a file changed when the probe which saw it came too late', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    disk.read(file, 0);
    disk.silence();
    const session = started(disk, '/data');
    disk.pass(1000);
    disk.write(file, 0);
    disk.flush(file);
    disk.silence();
    disk.probeMs = 5;
    disk.hub.probe([slotOf(disk, file)]);
    fetchAll(session);
    disk.read(file, 50);
    fetchAll(session);
    disk.pass(500);
    fetchAll(session);
    disk.pass(500);
    assert.equal(disk.hub.settled, true);
    assert.equal(trusted(disk, file), false);
  });

  it('trusts nothing of a file whose events were lost, until it is probed', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = started(disk, '/data');
    disk.pass(1000);
    disk.write(file, 0);
    disk.flush(file);
    disk.lose();
    disk.probeMs = 5;
    fetchAll(session);
    assert.equal(trusted(disk, file), false);
    disk.pass(100);
    assert.equal(trusted(disk, file), false);
  });

  it('counts a change within the same tick as a later one', () => {
    const at = 1_700_000_000_000;
    assert.equal(cameFromDisk(BigInt(at) * 1_000_000n, at + 20, 0), false);
    assert.equal(cameFromDisk(BigInt(at) * 1_000_000n, at + 21, 0), true);
    assert.equal(cameFromDisk(BigInt(at) * 1_000_000n, 0, at + 21), true);
  });
});
