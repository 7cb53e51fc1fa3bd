import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventNames, fromText } from '../../src/model/index.js';
import type { Item } from '../../src/model/index.js';
import type { HubSession } from '../../src/session/index.js';
import { ScriptedDisk } from './scripted-disk.js';
import type { ScriptedFile } from './scripted-disk.js';

function told(items: readonly Item[]): string[] {
  return items
    .flatMap(({ file, index, pages, events, changed }) =>
      Array.from({ length: pages }, (_, i) => `${file.path}:${index + i} ${[...eventNames(events), ...eventNames(changed & ~events).map((name) => `-${name}`)].join('+')}`),
    )
    .sort();
}

function fetchAll(session: HubSession): string[] {
  return told(session.fetch(Infinity));
}

/** A disk whose changes of names are told, and a session that has scanned `/data`. */
function watched(options: Parameters<ScriptedDisk['register']>[1] = {}): { disk: ScriptedDisk; session: HubSession } {
  const disk = new ScriptedDisk({ names: true });
  disk.makeFolder('/data');
  disk.makeFolder('/elsewhere');
  const session = disk.register('/data', options);
  disk.pass(1);
  fetchAll(session);
  return { disk, session };
}

/** Fetches until nothing is under way. */
function settle(disk: ScriptedDisk, session: HubSession): string[] {
  const all: Item[] = [];
  for (let i = 0; i < 40; i++) {
    all.push(...session.fetch(Infinity));
    disk.pass(10);
  }
  return told(all);
}

describe('Sessions that follow names', () => {
  it('tell a new file from its first event on, without a scan', () => {
    const { disk, session } = watched({ events: ['added', 'dirty', 'flushed'] });
    const scans = disk.scans;
    disk.scanMs = 20;
    const file = disk.create('/data/new');
    disk.write(file, 3);
    disk.flush(file);
    session.fetch(Infinity);
    disk.evict(file, 3);
    assert.deepEqual(fetchAll(session), [], 'nothing before it is known who it is');
    assert.deepEqual(settle(disk, session), ['new:3 added+dirty+flushed']);
    assert.equal(disk.scans, scans + 1, 'only the look at the file itself');
  });

  it('take what is left of many changes, though nothing new is told', () => {
    const { disk, session } = watched({ events: ['added'] });
    disk.drainNames = 2;
    const files = Array.from({ length: 7 }, (_, i) => disk.create(`/data/${i}`));
    settle(disk, session);
    for (const file of files) disk.write(file, 1);
    assert.deepEqual(settle(disk, session), files.map((_, i) => `${i}:1 added`));
  });

  it('that come before the first scan say nothing of other files with the same number', () => {
    const disk = new ScriptedDisk({ names: true });
    const file = disk.create('/data/f');
    const session = disk.register('/data', { events: ['added', 'removed'] });
    session.fetch(Infinity);
    disk.pass(1000);
    const probes = disk.probes.length;
    disk.read(file, 3);
    assert.deepEqual(fetchAll(session), ['f:3 added']);
    assert.equal(disk.probes.length, probes);
  });

  it('tell of another subvolume: from then on only probes say whose pages come and go', () => {
    const disk = new ScriptedDisk({ names: true });
    disk.fs.length = 0;
    disk.addFs(5, 40);
    const file = disk.create('/data/f', { ino: 300 });
    const session = disk.register('/data', { events: ['added', 'removed'] });
    disk.pass(1000);
    disk.read(file, 3);
    assert.deepEqual(fetchAll(session), ['f:3 added']);
    disk.addFs(256, 41);
    const twin = disk.create('/elsewhere/f', { ino: 300, fs: 1 });
    disk.read(twin, 8);
    disk.read(file, 4);
    disk.evict(file, 3);
    disk.read(file, 3);
    assert.deepEqual(settle(disk, session), ['f:4 added']);
  });

  it('ask accepts about a new file when its size and number are known', () => {
    const seen: string[] = [];
    const { disk, session } = watched({ accepts: (file) => (seen.push(`${file.path} ${file.size} ${file.no > 0}`), file.path !== 'unwanted') });
    const wanted = disk.create('/data/wanted');
    const unwanted = disk.create('/data/unwanted');
    disk.read(wanted, 0);
    disk.read(unwanted, 0);
    assert.deepEqual(settle(disk, session), ['wanted:0 exists']);
    assert.deepEqual(seen.sort(), ['unwanted 409600 true', 'wanted 409600 true']);
  });

  it('do not scan because of files that are nobody’s', () => {
    const { disk, session } = watched();
    const scans = disk.scans;
    for (let i = 0; i < 5; i++) {
      disk.stranger(77);
      disk.read(disk.create(`/elsewhere/${i}`), 0);
      assert.deepEqual(settle(disk, session), []);
    }
    assert.equal(disk.scans, scans);
  });

  it('know a renamed file by its new name at once, and tell nothing of it anew', () => {
    const { disk, session } = watched();
    const file = disk.create('/data/old');
    disk.read(file, 0);
    assert.deepEqual(settle(disk, session), ['old:0 exists']);
    disk.rename(file, '/data/old', '/data/new');
    disk.read(file, 1);
    assert.deepEqual(fetchAll(session), ['new:1 exists']);
  });

  it('let a file go that leaves the path, and tell what is cached when it comes back', () => {
    const { disk, session } = watched();
    const left: number[] = [];
    session.left$.subscribe((slot) => left.push(slot));
    const file = disk.create('/data/a');
    disk.read(file, 0);
    settle(disk, session);
    assert.deepEqual(left, []);
    disk.rename(file, '/data/a', '/elsewhere/a');
    disk.read(file, 1);
    assert.deepEqual(settle(disk, session), ['a:0 -exists'], 'nothing of it is cached below the path any more');
    assert.equal(left.length, 1);
    disk.rename(file, '/elsewhere/a', '/data/b');
    assert.deepEqual(settle(disk, session), ['b:0 exists', 'b:1 exists']);
  });

  it('tell what is cached of a file that is moved into the path', () => {
    const { disk, session } = watched();
    const file = disk.create('/elsewhere/a');
    disk.read(file, 5, 2);
    settle(disk, session);
    disk.rename(file, '/elsewhere/a', '/data/a');
    assert.deepEqual(settle(disk, session), ['a:5 exists', 'a:6 exists']);
  });

  it('count a link below the path, until the last one there is gone', () => {
    const { disk, session } = watched();
    const file = disk.create('/elsewhere/a');
    disk.read(file, 0);
    disk.link(file, '/data/one');
    disk.link(file, '/data/two');
    assert.deepEqual(settle(disk, session), ['one:0 exists']);
    disk.unlink(file, '/data/one');
    disk.read(file, 1);
    assert.deepEqual(settle(disk, session), ['two:1 exists']);
    disk.unlink(file, '/data/two');
    disk.read(file, 2);
    assert.deepEqual(settle(disk, session), ['two:0 -exists', 'two:1 -exists']);
  });

  it('forget whose name was taken by a rename', () => {
    const { disk, session } = watched();
    const victim = disk.create('/data/target');
    const other = disk.create('/data/temporary');
    disk.read(victim, 0);
    disk.read(other, 1);
    settle(disk, session);
    disk.rename(other, '/data/temporary', '/data/target');
    disk.read(victim, 2);
    disk.read(other, 3);
    assert.deepEqual(settle(disk, session), ['target:0 -exists', 'target:3 exists']);
  });

  it('take along what is below a folder that is renamed', () => {
    const { disk, session } = watched();
    const file = disk.create('/data/one/deep/a');
    disk.read(file, 0);
    settle(disk, session);
    const scans = disk.scans;
    disk.renameFolder('/data/one', '/data/two');
    disk.read(file, 1);
    assert.deepEqual(fetchAll(session), ['two/deep/a:1 exists']);
    const later = disk.create('/data/two/deep/b');
    disk.read(later, 0);
    assert.deepEqual(settle(disk, session), ['two/deep/b:0 exists']);
    assert.equal(disk.scans, scans + 1, 'only the look at the new file');
  });

  it('let go of a folder that leaves the path, and look into one that comes', () => {
    const { disk, session } = watched();
    const inside = disk.create('/data/sub/a');
    const outside = disk.create('/elsewhere/sub/b');
    disk.read(inside, 0);
    disk.read(outside, 0);
    assert.deepEqual(settle(disk, session), ['sub/a:0 exists']);
    disk.renameFolder('/data/sub', '/elsewhere/gone');
    disk.renameFolder('/elsewhere/sub', '/data/come');
    disk.read(inside, 1);
    assert.deepEqual(settle(disk, session), ['come/b:0 exists', 'sub/a:0 -exists']);
    const later = disk.create('/data/come/c');
    disk.read(later, 0);
    assert.deepEqual(settle(disk, session), ['come/c:0 exists']);
  });

  it('find the path again that was moved away, when another one takes its place', () => {
    const { disk, session } = watched();
    disk.read(disk.create('/data/a'), 0);
    settle(disk, session);
    disk.renameFolder('/data', '/old');
    const other = disk.create('/other/b');
    disk.read(other, 0);
    disk.renameFolder('/other', '/data');
    assert.deepEqual(settle(disk, session), ['a:0 -exists', 'b:0 exists']);
  });

  it('keep nothing of files that come and go', () => {
    const { disk, session } = watched();
    for (let i = 0; i < 200; i++) {
      const file = disk.create('/data/temporary', { ino: 7000 + i });
      disk.read(file, 0, 3);
      settle(disk, session);
      disk.unlink(file);
      settle(disk, session);
    }
    assert.ok(disk.hub.table.files.length < 5, `${disk.hub.table.files.length} slots`);
    assert.equal(disk.hub.table.chunks, 0);
  });

  it('bring names up to date by a scan when changes of names were lost', () => {
    const { disk, session } = watched();
    const file = disk.create('/data/a');
    const gone = disk.create('/data/gone');
    settle(disk, session);
    disk.pass(2000);
    disk.rename(file, '/data/a', '/data/b');
    disk.renameFolder('/data', '/x');
    disk.renameFolder('/x', '/data');
    disk.unlink(gone);
    disk.loseNames();
    settle(disk, session);
    disk.read(file, 7);
    assert.deepEqual(settle(disk, session), ['b:7 exists']);
    assert.deepEqual([...namesIn(disk)], ['/data/b']);
  });

  it('scan again when what is told would put a folder below itself', () => {
    const { disk, session } = watched();
    disk.read(disk.create('/data/a/b/file'), 0);
    settle(disk, session);
    disk.renameFolder('/data/a/b', '/data/b');
    disk.renameFolder('/data/a', '/data/b/a');
    disk.silenceNames(1);
    assert.deepEqual(settle(disk, session), []);
    disk.pass(2000);
    settle(disk, session);
    assert.deepEqual([...namesIn(disk)], ['/data/b/file']);
  });

  it('end up with the names and pages that there are, whatever happens when (property)', function () {
    this.timeout(120_000);
    const places = ['/data/a', '/data/b', '/data/d/a', '/data/d/e/b', '/elsewhere/a', '/elsewhere/d/b'];
    const folders = ['/data/d', '/data/d/e', '/data/f', '/elsewhere/d', '/elsewhere/g'];
    const act = fc.record({
      what: fc.constantFrom('create', 'link', 'rename', 'unlink', 'read', 'write', 'evict', 'folder', 'fetch', 'pass', 'loseNames'),
      file: fc.nat({ max: 5 }),
      place: fc.nat({ max: 5 }),
      page: fc.nat({ max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 50 }), fc.constantFrom(0, 7, 40), fc.constantFrom(0, 3), (acts, scanMs, probeMs) => {
        const disk = new ScriptedDisk({ names: true });
        for (const folder of ['/data', '/elsewhere']) disk.makeFolder(folder);
        const first = disk.create('/data/first');
        disk.read(first, 0, 3);
        disk.scanMs = scanMs;
        disk.probeMs = probeMs;
        // One that fetches often, and one that seldom does.
        const readers = [new Reader(disk.register('/data')), new Reader(disk.register('/data', { events: ['exists'] }))];
        const fetch = (): void => readers[0].fetch();
        let made = 0;
        /** Inode numbers are used again, with another generation. */
        const identity = (): { ino: number; gen: number } => {
          made++;
          const ino = 2000 + (made % 7);
          return disk.files.some((file) => file.ino === ino) ? { ino: 3000 + made, gen: 1 } : { ino, gen: made };
        };
        const taken = (path: string): boolean => disk.files.some((file) => file.names.has(fromText(path))) || disk.hasFolder(path);
        for (const { what, file: number, place, page } of acts) {
          const file = disk.files[number % Math.max(disk.files.length, 1)] as ScriptedFile | undefined;
          const path = places[place];
          const isFree = !taken(path) && !disk.hasFileAbove(path);
          if (what === 'create' && isFree) disk.create(path, identity());
          else if (what === 'fetch') readers[place === 0 ? 1 : 0].fetch(page === 0 ? 1 : Infinity);
          else if (what === 'pass') disk.pass(page);
          else if (what === 'loseNames') disk.loseNames();
          else if (what === 'folder') {
            const from = folders[place % folders.length];
            const to = folders[page % folders.length];
            if (disk.hasFolder(from) && !taken(to) && !to.startsWith(`${from}/`)) disk.renameFolder(from, to);
          } else if (file === undefined || file.names.size === 0) continue;
          else if (what === 'link' && isFree) disk.link(file, path);
          else if (what === 'rename' && !disk.hasFolder(path) && !file.names.has(fromText(path))) disk.rename(file, [...file.names][0], path);
          else if (what === 'unlink') disk.unlink(file);
          else if (what === 'read' && !file.pages.has(page)) disk.read(file, page);
          else if (what === 'write') disk.write(file, page);
          else if (what === 'evict') disk.evict(file, page);
        }
        for (let i = 0; i < 400; i++) {
          disk.pass(10);
          fetch();
        }
        readers[1].fetch();
        const inside = disk.files.filter((file) => [...file.names].some((name) => name.startsWith('/data/')));
        const truth = inside.flatMap((file) => [...file.pages].map(([page, dirty]) => `${file.ino}/${file.gen}:${page} exists${dirty ? '+modified' : ''}`));
        assert.deepEqual(readers[0].told(), truth.sort());
        assert.deepEqual(readers[1].told(), truth.map((line) => line.replace('+modified', '')).sort());
        const names = disk.files.flatMap((file) => [...file.names]).filter((name) => name.startsWith('/data/'));
        assert.deepEqual([...namesIn(disk)].filter((name) => name.startsWith('/data/')).sort(), names.sort());
      }),
      { numRuns: 1000 },
    );
  });
});

/** What a subscriber makes of its items: states by file and page. */
class Reader {
  readonly #session: HubSession;
  readonly #states = new Map<string, Set<string>>();

  constructor(session: HubSession) {
    this.#session = session;
  }

  fetch(max = Infinity): void {
    for (const { file, index, pages, events, changed } of this.#session.fetch(max)) {
      for (let page = index; page < index + pages; page++) {
        const key = `${file.id.ino}/${file.id.gen}:${page}`;
        const states = this.#states.get(key) ?? new Set();
        this.#states.set(key, states);
        for (const name of eventNames(changed)) {
          assert.equal(states.has(name), !eventNames(events).includes(name), `${key} ${name} is told to change to what it was`);
          if (states.has(name)) states.delete(name);
          else states.add(name);
        }
      }
    }
  }

  told(): string[] {
    return [...this.#states].filter(([, states]) => states.size > 0).map(([key, states]) => `${key} ${[...states].sort().join('+')}`).sort();
  }
}

/** All names that the index knows. */
function namesIn(disk: ScriptedDisk): Set<string> {
  const { index } = disk.hub;
  const names = new Set<string>();
  index.names.forEach((entry) => names.add(index.path(entry)));
  return names;
}
