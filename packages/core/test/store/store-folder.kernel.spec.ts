import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child-process.js';
import { StatePlace } from './state-place.js';
import { commitOf, rejectsWith } from './store-suite.js';

const NOBODY = 65_534;

describe('SqliteStore on a folder that does not do', function () {
  this.timeout(30_000);
  let place: StatePlace;
  let mounted = false;
  before(function () {
    if (process.getuid?.() === 0) return;
    assert.notEqual(process.env['DUET_REQUIRE_KERNEL'], '1', 'needs root');
    this.skip();
  });
  beforeEach(() => {
    place = new StatePlace();
  });
  afterEach(async () => {
    if (mounted) execFileSync('umount', [place.folder]);
    mounted = false;
    await place.remove();
  });
  const mount = (options: string) => {
    mkdirSync(place.folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'duet-test', place.folder]);
    mounted = true;
  };
  const remount = (options: string) => execFileSync('mount', ['-o', `remount,${options}`, place.folder]);

  it('says so when the disk gets full, and loses nothing', async () => {
    mount('size=1m');
    const store = await place.open();
    const task = await store.openTask('scrub', '/');
    let commits = 0;
    const commit = () => commitOf(task.id, { done: [{ no: commits + 1, stamp: 1n }], state: new Map([[`k${commits}`, new Uint8Array(20_000)]]) });
    const error = await rejectsWith((async () => {
      for (; commits < 100; commits++) await store.commit(commit());
    })(), 'DUET_ERR_STATE_FULL', /no room/);
    assert.equal(error.path, place.database);
    assert.match(error.hint, /--state/);
    assert.ok(commits > 5);
    const expectAll = async (subject: typeof store) => {
      assert.equal((await subject.loadDone(task.id)).size, commits);
      assert.equal([...subject.stateReader('test').entries('k')].length, commits);
    };
    await expectAll(store);
    await rejectsWith(store.resetDone(task.id, Array.from({ length: 200 }, (_, i) => 1 + i * 32_000)).then(() => store.commit(commit())), 'DUET_ERR_STATE_FULL');

    remount('size=8m');
    await store.commit(commit());
    commits++;
    await store.close();
    const again = await place.open();
    await again.openTask('scrub', '/');
    assert.equal([...again.stateReader('test').entries('k')].length, commits);
    await again.close();
  });

  it('says so when there is no room to begin with', async () => {
    mount('size=1m');
    assert.throws(() => writeFileSync(join(place.folder, 'filler'), new Uint8Array(2 << 20)), { code: 'ENOSPC' });
    await rejectsWith(place.open(), 'DUET_ERR_STATE_FULL');
    rmSync(join(place.folder, 'filler'));
    await (await place.open()).close();
  });

  it('says so when it is read-only, with a database in it and without', async () => {
    mount('size=4m');
    remount('ro');
    await rejectsWith(place.open(), 'DUET_ERR_STATE_OPEN', /read-only/);
    remount('rw');
    await (await place.open()).close();
    remount('ro');
    await rejectsWith(place.open(), 'DUET_ERR_STATE_OPEN', /read-only/);
  });

  it('says so when this user may not enter or write it', async () => {
    chmodSync(place.root, 0o755);
    await (await place.open()).close();
    for (const mode of [0o700, 0o755]) {
      chmodSync(place.folder, mode);
      const [line] = await new Child(['open', place.folder], { uid: NOBODY, gid: NOBODY }).end();
      assert.match(line, /^DUET_ERR_STATE_OPEN .*may not be written by this user/);
    }
    chmodSync(place.root, 0o700);
    const [line] = await new Child(['open', place.folder], { uid: NOBODY, gid: NOBODY }).end();
    assert.match(line, /^DUET_ERR_STATE_OPEN /);
  });
});
