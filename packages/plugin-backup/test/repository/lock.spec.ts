import assert from 'node:assert/strict';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LocalStorage } from '../../src/repository/local-storage.js';
import { RepositoryLock } from '../../src/repository/lock.js';
import { Repository } from '../../src/repository/repository.js';
import type { UnpackedFiles } from '../../src/repository/unpacked-files.js';
import { needsRestic, PASSWORD, restic } from '../restic.js';
import { useTempFolder } from '../temp-folder.js';

const MINUTE_MS = 60_000;

describe('RepositoryLock', () => {
  const folder = useTempFolder();
  let files: UnpackedFiles;
  let nowMs: number;
  const now = (): number => nowMs;
  const locks = (): string[] => readdirSync(join(folder.path, 'locks'));
  const held = (fields: object): Promise<string> => files.save('lock', { time: new Date(nowMs).toISOString(), exclusive: false, hostname: 'elsewhere', username: 'u', pid: 1, ...fields });

  beforeEach(async () => {
    nowMs = Date.now();
    ({ files } = await Repository.init(LocalStorage.create(folder.path), PASSWORD));
  });

  it('is shared by those that are not exclusive, and gone when released', async () => {
    const one = await RepositoryLock.acquire(files);
    const two = await RepositoryLock.acquire(files);
    assert.equal(locks().length, 2);
    await assert.rejects(RepositoryLock.acquire(files, { exclusive: true }), { code: 'DUET_ERR_REPO_LOCKED', message: new RegExp(`process ${process.pid}`) });
    await one.release();
    await two.release();
    assert.deepEqual(locks(), []);
    const alone = await RepositoryLock.acquire(files, { exclusive: true });
    await assert.rejects(RepositoryLock.acquire(files), { code: 'DUET_ERR_REPO_LOCKED' });
    assert.equal(locks().length, 1);
    await alone.release();
  });

  it('of two that lock for themselves at once, at most one gets it', async () => {
    const results = await Promise.allSettled([RepositoryLock.acquire(files, { exclusive: true }), RepositoryLock.acquire(files, { exclusive: true })]);
    const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.ok(got.length <= 1);
    for (const lock of got) await lock.release();
    assert.deepEqual(locks(), []);
  });

  it('is there at once when placed, and settles once nobody else locked at the same moment', async () => {
    const lock = await RepositoryLock.place(files);
    assert.equal(locks().length, 1);
    await lock.settled;
    await lock.release();
    const late = await RepositoryLock.place(files);
    const other = await held({ exclusive: true });
    await assert.rejects(late.settled, { code: 'DUET_ERR_REPO_LOCKED' });
    await late.release();
    assert.deepEqual(locks(), [other]);
  });

  it('no longer looks at others once it is released', async () => {
    const lock = await RepositoryLock.place(files);
    await lock.release();
    await assert.rejects(lock.settled, { name: 'AbortError' });
  });

  it('respects those of others, and removes those of programs that are gone', async () => {
    await held({ exclusive: true });
    await assert.rejects(RepositoryLock.acquire(files, { now }), { code: 'DUET_ERR_REPO_LOCKED', message: /u@elsewhere, process 1,/ });
    nowMs += 31 * MINUTE_MS;
    await (await RepositoryLock.acquire(files, { now })).release();
    assert.deepEqual(locks(), []);
    await held({ exclusive: true, hostname: hostname(), pid: process.pid });
    await assert.rejects(RepositoryLock.acquire(files, { now }), { code: 'DUET_ERR_REPO_LOCKED' });
    for (const name of locks()) await files.remove('lock', name);
    // Above what Linux gives out.
    await held({ exclusive: true, hostname: hostname(), pid: 4_194_305 });
    await (await RepositoryLock.acquire(files, { now })).release();
    assert.deepEqual(locks(), []);
  });

  it('passes over an empty one, and is stopped by one that cannot be read', async () => {
    writeFileSync(join(folder.path, 'locks', 'ab'.repeat(32)), '');
    await (await RepositoryLock.acquire(files)).release();
    writeFileSync(join(folder.path, 'locks', 'ab'.repeat(32)), 'nonsense');
    await assert.rejects(RepositoryLock.acquire(files), { code: 'DUET_ERR_REPO_DAMAGED' });
  });

  it('is written anew when refreshed, and lost when that came too late', async () => {
    const lock = await RepositoryLock.acquire(files, { now });
    const [first] = locks();
    nowMs += 29 * MINUTE_MS;
    await lock.refresh();
    assert.equal(locks().length, 1);
    assert.notEqual(locks()[0], first);
    nowMs += 29 * MINUTE_MS;
    await lock.refresh();
    assert.ok(!lock.lost.aborted);
    nowMs += 30 * MINUTE_MS;
    await lock.refresh();
    assert.equal((lock.lost.reason as { code: string }).code, 'DUET_ERR_REPO_LOCKED');
    await lock.release();
    assert.deepEqual(locks(), []);
  });

  it('that cannot be written any more is lost before it is stale', async function () {
    if (process.getuid?.() === 0) this.skip();
    const lock = await RepositoryLock.acquire(files, { now });
    chmodSync(join(folder.path, 'locks'), 0o500);
    nowMs += 20 * MINUTE_MS;
    await lock.refresh();
    assert.ok(!lock.lost.aborted);
    nowMs += 6 * MINUTE_MS;
    await lock.refresh();
    assert.ok(lock.lost.aborted);
    chmodSync(join(folder.path, 'locks'), 0o700);
    await lock.release();
  });

  it('keeps restic from what needs the repository alone, and lets it do the rest', async function () {
    needsRestic(this);
    const lock = await RepositoryLock.acquire(files);
    assert.throws(() => restic(folder.path, 'prune'), /already locked by PID/);
    restic(folder.path, 'snapshots');
    await lock.release();
    restic(folder.path, 'prune');
  }).timeout(60_000);
});
