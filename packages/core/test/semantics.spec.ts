import assert from 'node:assert/strict';
import { appendFileSync, linkSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { z } from 'zod';
import { definePlugin, eventNames, fromText, openDuet, openStore, stampOf } from '../src/index.js';
import type { Duet, DuetOptions, EventName, Item, Session, SessionOptions, Store } from '../src/index.js';
import { MemoryStore, ScriptedPageCache, runPlugin } from '../src/testing/index.js';
import type { PluginRun } from '../src/testing/index.js';

/** Files are older than the kernel's clock tick: their times can be trusted. */
const TICK_MS = 30;

/** `path:page events` of each page, in order; a state that ended is written `-exists`. */
function pagesOf(items: readonly Item[]): string[] {
  return items
    .flatMap(({ file, index, pages, events, changed }) => {
      const names = [...eventNames(events), ...eventNames(changed & ~events).map((name) => `-${name}`)].join('+');
      return Array.from({ length: pages }, (_, i) => `${file.path}:${index + i} ${names}`);
    })
    .sort();
}

/** What `DESIGN.md` says under "Semantics", sentence by sentence, of the public interface. */
describe('Semantics', function () {
  this.timeout(20_000);
  let root: string;
  let folder: string;
  let cache: ScriptedPageCache;
  let duet: Duet;

  const open = async (options: Partial<DuetOptions> = {}): Promise<void> => {
    duet = await openDuet({ stateDir: null, ...options }, { source: cache.source, scanners: cache.scanners });
  };
  const register = (events: readonly EventName[], options: Partial<SessionOptions> = {}): Session => duet.register({ name: 'test', path: fromText(folder), events, ...options });
  const registered = async (events: readonly EventName[], options: Partial<SessionOptions> = {}): Promise<Session> => {
    const session = register(events, options);
    await session.ready;
    return session;
  };
  const fetchAll = (session: Session): string[] => pagesOf(session.fetch(Infinity));

  beforeEach(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'duet-semantics-')));
    folder = join(root, 'data');
    mkdirSync(folder);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), Buffer.alloc(16 * 4096, name));
    await sleep(TICK_MS);
    cache = new ScriptedPageCache(folder);
    await open();
  });
  afterEach(async () => {
    await duet.close();
    rmSync(root, { recursive: true });
  });

  describe('Semantics: events and states', () => {
    it('an event-based task gets the OR of the events since its last fetch', async () => {
      const session = await registered(['added', 'removed', 'dirty', 'flushed']);
      cache.dirty('a', 3);
      cache.flush('a', 3);
      cache.evict('a', 3);
      assert.deepEqual(fetchAll(session), ['a:3 added+removed+dirty+flushed']);
      cache.add('a', 3);
      assert.deepEqual(fetchAll(session), ['a:3 added']);
    });

    it('a state-based task gets the difference between the state now and the state it was last told', async () => {
      const session = await registered(['exists', 'modified']);
      cache.dirty('a', 1);
      assert.deepEqual(fetchAll(session), ['a:1 exists+modified']);
      cache.flush('a', 1);
      assert.deepEqual(fetchAll(session), ['a:1 -modified']);
      cache.evict('a', 1);
      assert.deepEqual(fetchAll(session), ['a:1 -exists']);
    });

    it('ADDED then REMOVED, unreported, cancel out', async () => {
      const session = await registered(['exists', 'modified']);
      cache.dirty('a', 0, 4);
      cache.flush('a', 0, 4);
      cache.evict('a', 0, 4);
      assert.deepEqual(fetchAll(session), []);
    });

    it('one session may mix the two', async () => {
      const session = await registered(['exists', 'dirty', 'flushed']);
      cache.dirty('a', 1);
      cache.flush('a', 1);
      assert.deepEqual(fetchAll(session), ['a:1 dirty+flushed+exists']);
    });

    it('but not a state with the events that make it up: that is a typed error', () => {
      for (const events of [['exists', 'added'], ['exists', 'removed'], ['modified', 'dirty'], ['modified', 'flushed'], []] as EventName[][]) {
        assert.throws(() => register(events), { code: 'DUET_ERR_EVENT_MASK' });
      }
      assert.deepEqual(duet.status().sessions, []);
    });
  });

  describe('Semantics: registration', () => {
    it('first reports what is cached already, with dirty bits, then what changes', async () => {
      cache.add('a', 0, 2);
      cache.dirty('b', 5);
      const session = await registered(['exists', 'modified']);
      assert.deepEqual(fetchAll(session), ['a:0 exists', 'a:1 exists', 'b:5 exists+modified']);
      cache.add('c', 7);
      assert.deepEqual(fetchAll(session), ['c:7 exists']);
    });

    it('reports what is cached to an event-based task as events', async () => {
      cache.dirty('b', 5);
      assert.deepEqual(fetchAll(await registered(['added', 'dirty'])), ['b:5 added+dirty']);
    });

    it('loses and repeats nothing that happens in between', async () => {
      cache.add('a', 0, 8);
      const first = register(['exists']);
      const told: string[] = [];
      // Pages come and go while the scan is under way.
      for (let page = 0; page < 8; page++) {
        cache.evict('a', page);
        cache.add('b', page);
        told.push(...fetchAll(first));
        await sleep(1);
      }
      await first.ready;
      told.push(...fetchAll(first));
      const known = new Set<string>();
      for (const line of told) {
        const [page, what] = line.split(' ');
        if (what === 'exists') assert.ok(!known.has(page), `${page} entered twice`);
        else assert.ok(known.has(page), `${page} left and was not there`);
        if (what === 'exists') known.add(page);
        else known.delete(page);
      }
      assert.deepEqual([...known].sort(), Array.from({ length: 8 }, (_, page) => `b:${page}`));
    });
  });

  describe('Semantics: fetching', () => {
    it('is bounded and non-blocking', async () => {
      const session = await registered(['exists']);
      for (let page = 0; page < 16; page += 2) cache.add('a', page);
      assert.equal(session.fetch(3).length, 3);
      assert.equal(session.fetch(0).length, 0);
      assert.equal(session.fetch(100).length, 5);
      assert.deepEqual(session.fetch(100), []);
    });

    it('is what the observable does, every 10 ms by default', async () => {
      const session = await registered(['exists']);
      const batch = firstValueFrom(session.items$);
      cache.add('a', 3);
      assert.deepEqual(pagesOf(await batch), ['a:3 exists']);
    });

    it('what a slow subscriber has not fetched merges', async () => {
      const session = await registered(['exists', 'modified']);
      for (let round = 0; round < 1000; round++) {
        cache.dirty('a', round % 16);
        cache.flush('a', round % 16);
        if (round > 0) cache.evict('a', (round - 1) % 16);
      }
      assert.deepEqual(fetchAll(session), [`a:${999 % 16} exists`]);
      assert.ok(session.counters().merged > 1000);
    });
  });

  describe('Semantics: filtering', () => {
    it('an event of a file that is not relevant or is done never reaches the task', async () => {
      const session = await registered(['exists', 'dirty'], { accepts: ({ path }) => path !== 'b' });
      cache.add('c', 0);
      const [{ file }] = session.fetch(1);
      session.setDone(file);
      cache.dirty('a', 1);
      cache.dirty('b', 1);
      cache.dirty('c', 1);
      assert.deepEqual(fetchAll(session), ['a:1 dirty+exists']);
      assert.ok(session.counters().filtered >= 4);
    });

    it('relevance is decided once for each file and task', async () => {
      const asked: string[] = [];
      const session = await registered(['exists'], { accepts: ({ path }) => asked.push(path) > 0 });
      for (const name of ['a', 'b', 'c']) cache.add(name, 0);
      fetchAll(session);
      assert.deepEqual(asked.sort(), ['a', 'b', 'c']);
      await registered(['exists'], { accepts: ({ path }) => asked.push(path) > 0 });
      assert.deepEqual(asked.sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
    });
  });

  describe('Semantics: done', () => {
    it('is set, reset and checked by file id', async () => {
      linkSync(join(folder, 'a'), join(folder, 'other-name'));
      const session = await registered(['exists']);
      const other = await registered(['exists']);
      cache.add('a', 0);
      const [{ file }] = session.fetch(1);
      session.setDone({ ...file, path: fromText('whatever') });
      assert.deepEqual([session.isDone(file), other.isDone(file)], [true, false]);
      assert.equal(session.isDone({ ...file, id: { ...file.id, gen: file.id.gen + 1 } }), false);
      cache.add('other-name', 1);
      assert.deepEqual(fetchAll(session), []);
      session.resetDone(file);
      assert.equal(session.isDone(file), false);
      assert.deepEqual(fetchAll(session).map((line) => line.replace(/.*:/, '')), ['0 exists', '1 exists']);
    });

    it('is reset by a session when the file changed after a DIRTY event', async () => {
      const session = await registered(['exists']);
      cache.add('a', 0);
      const [{ file }] = session.fetch(1);
      session.setDone(file);
      appendFileSync(join(folder, 'a'), 'more');
      cache.dirty('a', 16);
      for (const end = Date.now() + 2000; session.isDone(file); await sleep(10)) {
        session.fetch(1);
        assert.ok(Date.now() < end, 'it is still done');
      }
      assert.deepEqual(fetchAll(session), ['a:0 exists', 'a:16 exists']);
    });

    /** What a run does with a file that `meddle` changes after it was processed: the times it was processed. */
    const timesProcessed = async (meddle: (path: string) => void): Promise<number> => {
      let times = 0;
      let left = 3;
      const plugin = definePlugin({
        name: 'probe', summary: 'waits', core: '*', config: z.strictObject({}),
        create: () => ({
          process: async ({ file }) => {
            if (file.path === 'a' && ++times === 1) {
              // Until it has been marked as done.
              setTimeout(() => meddle(join(folder, 'a')), 100);
            }
            if (file.path !== 'a' && left-- > 0) await sleep(400);
          },
        }),
      });
      await runPlugin(plugin, { folder, cache });
      return times;
    };

    it('is reset when the file’s size or times moved after a DIRTY event', async () => {
      const times = await timesProcessed((path) => {
        appendFileSync(path, 'more');
        cache.dirty('a', 16);
      });
      assert.equal(times, 2);
    });

    it('is reset when the file was truncated', async () => {
      const times = await timesProcessed((path) => {
        truncateSync(path, 4096);
        cache.dirty('a', 0);
      });
      assert.equal(times, 2);
    });

    it('stays when pages became dirty and nothing changed, as by a defragmentation', async () => {
      assert.equal(await timesProcessed(() => cache.dirty('a', 0, 16)), 1);
    });
  });

  describe('Semantics: persistence', () => {
    /** One cycle that ends early, so that its done bits stay; gives the files that were processed. */
    const run = async (store: Store): Promise<string[]> => {
      const plugin = definePlugin({
        name: 'probe', summary: 'never has its cycle end', core: '*', config: z.strictObject({}),
        create: (ctx) => ({
          process: async () => undefined,
          finish: () => {
            ctx.log.debug('the cycle would end here');
            throw new Error('not yet');
          },
        }),
      });
      const seen: string[] = [];
      await runPlugin(plugin, { folder, store, onEvent: (event) => event.type === 'unit' && seen.push(event.path) }).then(
        (ended: PluginRun) => assert.fail(`the run ended with ${ended.summary.exitCode}`),
        (error: { code?: string }) => assert.equal(error.code, 'DUET_ERR_PLUGIN_HOOK'),
      );
      return seen.sort();
    };

    it('done bits outlive the process, in SQLite, and so do the stamps that they are checked against', async () => {
      const runOnDisk = async (): Promise<string[]> => {
        const store = await openStore({ folder: join(root, 'state') });
        try {
          return await run(store);
        } finally {
          await store.close();
        }
      };
      assert.deepEqual(await runOnDisk(), ['a', 'b', 'c']);
      assert.deepEqual(await runOnDisk(), []);
      appendFileSync(join(folder, 'c'), 'x');
      await sleep(TICK_MS);
      assert.deepEqual(await runOnDisk(), ['c']);
    });

    const changes: Record<string, (path: string) => void> = {
      'was appended to': (path) => appendFileSync(path, 'x'),
      'was truncated': (path) => truncateSync(path, 5),
      'was rewritten with the same size and mtime': (path) => {
        const { atime, mtime } = statSync(path);
        writeFileSync(path, Buffer.alloc(16 * 4096, 'z'));
        utimesSync(path, atime, mtime);
      },
      'was replaced by another of that name': (path) => {
        writeFileSync(`${path}.new`, Buffer.alloc(16 * 4096, 'z'));
        renameSync(`${path}.new`, path);
      },
      'was deleted and made anew': (path) => {
        unlinkSync(path);
        writeFileSync(path, Buffer.alloc(16 * 4096, 'z'));
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`on start-up a file that ${what} while nothing watched is not taken for done`, async () => {
        const store = new MemoryStore();
        await run(store);
        await sleep(TICK_MS);
        change(join(folder, 'b'));
        await sleep(TICK_MS);
        assert.deepEqual(await run(store), ['b']);
      });
    }

    it('on start-up a file that was only renamed or read is still done', async () => {
      const store = new MemoryStore();
      await run(store);
      renameSync(join(folder, 'b'), join(folder, 'd'));
      // On most file systems a rename moves the ctime of the file, which is a change as far as anybody can tell.
      assert.ok((await run(store)).every((path) => path === 'd'));
      assert.deepEqual(await run(store), []);
    });

    it('stamps tell size, mtime and ctime apart', () => {
      const stamps = [stampOf(1, 1n, 1n), stampOf(2, 1n, 1n), stampOf(1, 2n, 1n), stampOf(1, 1n, 2n), stampOf(2 ** 32 + 1, 1n, 1n)];
      assert.equal(new Set(stamps).size, stamps.length);
    });
  });

  describe('Semantics: paths', () => {
    it('any name of the file under the path counts', async () => {
      mkdirSync(join(root, 'elsewhere'));
      writeFileSync(join(root, 'elsewhere', 'first'), 'x');
      linkSync(join(root, 'elsewhere', 'first'), join(folder, 'second'));
      const session = await registered(['exists']);
      cache.add('second', 0);
      assert.deepEqual(fetchAll(session), ['second:0 exists']);
    });

    it('a name prefix does not', async () => {
      mkdirSync(`${folder}-too`);
      writeFileSync(join(`${folder}-too`, 'd'), 'x');
      const session = await registered(['exists']);
      await registered(['exists'], { path: fromText(`${folder}-too`) });
      cache.add('../data-too/d', 0);
      assert.deepEqual(fetchAll(session), []);
    });
  });

  describe('Semantics: loss', () => {
    it('the files concerned are re-read, a lost event says so, and the counts are in the status', async () => {
      const session = await registered(['exists', 'modified']);
      cache.add('a', 0, 3);
      assert.equal(fetchAll(session).length, 3);
      cache.evict('a', 1);
      cache.dirty('b', 4);
      const lost = firstValueFrom(session.lost$);
      cache.lose();
      const told = fetchAll(session);
      assert.deepEqual(await lost, { events: 3, filesReread: 3 });
      while (told.length < 2) {
        await sleep(5);
        told.push(...fetchAll(session));
      }
      assert.deepEqual(told.sort(), ['a:1 -exists', 'b:4 exists+modified']);
      const status = duet.status();
      assert.deepEqual([status.events.lost, status.sessions[0].counters.lost], [3, 3]);
    });
  });

  describe('Semantics: status', () => {
    it('lists the tasks with id, name, mask and path, and counts events', async () => {
      const session = await registered(['exists', 'dirty'], { name: 'mine' });
      cache.dirty('a', 0, 2);
      const [item] = session.fetch(1);
      assert.equal(item.pages, 2);
      assert.deepEqual(duet.status(), {
        source: 'replay',
        maxTasks: 8,
        events: { events: 4, lost: 0 },
        sessions: [{ id: session.id, name: 'mine', path: folder, mask: session.mask, counters: { seen: 4, filtered: 0, merged: 0, lost: 0, fetched: 1 } }],
      });
      session.close();
      assert.deepEqual(duet.status().sessions, []);
    });

    it('eight tasks at most, by default', () => {
      const sessions = Array.from({ length: 8 }, () => register(['exists']));
      assert.throws(() => register(['exists']), { code: 'DUET_ERR_TASKS_MAX' });
      sessions[3].close();
      register(['exists']);
      assert.equal(new Set(duet.status().sessions.map(({ id }) => id)).size, 8);
    });

    it('fewer, if asked for', async () => {
      await duet.close();
      await open({ maxTasks: 2 });
      register(['exists']);
      register(['exists']);
      assert.throws(() => register(['exists']), { code: 'DUET_ERR_TASKS_MAX' });
      assert.equal(duet.status().maxTasks, 2);
      for (const maxTasks of [0, 9, 1.5, NaN]) await assert.rejects(openDuet({ stateDir: null, maxTasks }, { source: cache.source }), { code: 'DUET_ERR_USAGE' });
    });

    it('a stopped one has no tasks, and its sessions are closed', async () => {
      const session = await registered(['exists']);
      const ended = firstValueFrom(session.items$, { defaultValue: 'completed' });
      await duet.close();
      assert.equal(await ended, 'completed');
      assert.throws(() => session.fetch(1), { code: 'DUET_ERR_SESSION_CLOSED' });
      assert.deepEqual(duet.status().sessions, []);
    });
  });
});
