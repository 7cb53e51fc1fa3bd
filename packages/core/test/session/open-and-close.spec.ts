import assert from 'node:assert/strict';
import type { HubSession } from '../../src/session/index.js';
import { ScriptedDisk } from './scripted-disk.js';

/** Fetches until nothing is under way; gives the paths told. */
function settle(disk: ScriptedDisk, session: HubSession): string[] {
  const paths: string[] = [];
  for (let i = 0; i < 40; i++) {
    paths.push(...session.fetch(Infinity).map(({ file }) => file.path));
    disk.pass(10);
  }
  return paths;
}

describe('Sessions whose path is missing for a while', () => {
  for (const names of [true, false]) {
    it(`go on when there is something again, ${names ? 'told of names' : 'by scans alone'}`, () => {
      const disk = new ScriptedDisk({ names, sweeps: !names });
      disk.makeFolder('/data');
      const file = disk.create('/data/a');
      disk.read(file, 0);
      const session = disk.register('/data');
      const errors: unknown[] = [];
      session.lost$.subscribe({ error: (error: unknown) => errors.push(error) });
      assert.deepEqual(settle(disk, session), ['a']);
      disk.missing.add('/data');
      disk.renameFolder('/data', '/old');
      disk.hub.look(session.path, true);
      disk.hub.scanForNames();
      disk.hub.probe([0]);
      disk.pass(2000);
      settle(disk, session);
      disk.missing.clear();
      disk.read(disk.create('/data/b'), 0);
      const told = settle(disk, session);
      disk.pass(20_000);
      assert.deepEqual([...told, ...settle(disk, session)], ['b']);
      assert.deepEqual(errors, []);
    });
  }

  it('fail if it was never there', async () => {
    const disk = new ScriptedDisk();
    disk.missing.add('/data');
    const session = disk.register('/data');
    disk.pass(10);
    await assert.rejects(session.ready, { code: 'DUET_ERR_PATH_MISSING' });
  });
});

describe('Sessions that are closed while others are being told', () => {
  it('by accepts, which may close its own and others', () => {
    for (const which of [0, 1]) {
      const disk = new ScriptedDisk({ names: true });
      const sessions: HubSession[] = [];
      disk.makeFolder('/data');
      const register = (accepts?: () => boolean): number => sessions.push(disk.register('/data', accepts === undefined ? {} : { accepts }));
      register(() => (sessions[which].close(), true));
      register();
      register();
      disk.pass(1);
      disk.read(disk.create('/data/a'), 0);
      assert.deepEqual(settle(disk, sessions[2]), ['a']);
    }
  });

  it('when events were lost: all others hear of it', () => {
    const disk = new ScriptedDisk();
    disk.makeFolder('/data');
    const sessions = [1, 2, 3].map(() => disk.register('/data'));
    disk.pass(1);
    const told = [0, 0, 0];
    sessions.forEach((session, i) => session.lost$.subscribe(() => (told[i]++, i === 0 && session.close())));
    disk.lose();
    sessions[2].fetch(1);
    assert.deepEqual(told, [1, 1, 1]);
  });
});
