import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '@duet/core';
import { initCommand } from '../../src/commands/init.js';
import { lsCommand } from '../../src/commands/ls.js';
import { restoreCommand } from '../../src/commands/restore.js';
import { snapshotsCommand } from '../../src/commands/snapshots.js';
import { RepositoryLock } from '../../src/repository/lock.js';
import { runCommand } from '../fake-command.js';
import { MadeRepository, nodeOf } from '../made-repository.js';
import { PASSWORD } from '../restic.js';
import { useTempFolder } from '../temp-folder.js';

describe('commands of backup', () => {
  const folder = useTempFolder();
  const at = (name: string): string => join(folder.path, name);
  const options = (more: Record<string, string | boolean | string[]> = {}) => ({ repo: at('repo'), passwordFile: at('password'), ...more });
  beforeEach(() => writeFileSync(at('password'), `${PASSWORD}\n`));

  /** `/made/{file, folder/{file}}`, and a name that is not for terminals. */
  async function madeRepository(): Promise<MadeRepository> {
    const made = await MadeRepository.in(at('repo'));
    const content = await made.blob('data', Buffer.from('content'));
    const file = nodeOf('file', 'file', { content: [content], size: 7 });
    const inner = await made.tree(file);
    const tree = await made.tree(file, nodeOf('folder', 'dir', { subtree: inner }), nodeOf('red\x1b[31m\n', 'symlink', { linkTarget: fromText('x') }));
    await made.snapshot(await made.tree(nodeOf('made', 'dir', { subtree: tree })));
    return made;
  }

  it('init makes a repository for its owner alone, once', async () => {
    const { exitCode, objects } = await runCommand(initCommand, {}, options());
    assert.deepEqual([exitCode, objects[0]['version']], [0, 2]);
    assert.equal(statSync(at('repo')).mode & 0o777, 0o700);
    assert.equal(statSync(join(at('repo'), 'config')).mode & 0o777, 0o400);
    await assert.rejects(runCommand(initCommand, {}, options()), { code: 'DUET_ERR_REPO_EXISTS' });
    await assert.rejects(runCommand(snapshotsCommand, {}, options({ repo: at('nothing') })), { code: 'DUET_ERR_REPO_MISSING' });
    await assert.rejects(runCommand(initCommand, {}, { repo: at('other'), passwordFile: at('nothing') }), { code: 'DUET_ERR_REPO_PASSWORD' });
    assert.ok(!readdirSync(folder.path).includes('other'), 'without a password nothing is made');
  });

  it('snapshots lists what is there, and what of it is asked for', async () => {
    const made = await madeRepository();
    const tree = await made.tree();
    await made.snapshot(tree, { tags: ['a', 'b'] });
    await made.snapshot(tree, { hostname: 'other', tags: ['a'] });
    const count = async (more: Record<string, string | string[]>): Promise<number> => (await runCommand(snapshotsCommand, {}, options(more))).objects.length;
    assert.deepEqual([await count({}), await count({ host: 'here' }), await count({ tag: ['a'] }), await count({ tag: ['a', 'b'] }), await count({ path: '/x' })], [3, 2, 2, 1, 0]);
    const { lines, objects } = await runCommand(snapshotsCommand, {}, options({ host: 'other' }));
    assert.match(lines[0], /^[0-9a-f]{8} {2}2026-01-01 00:00:00 {2}other {2}a {2}\/made$/);
    assert.deepEqual([objects[0]['type'], objects[0]['tags']], ['snapshot', ['a']]);
  });

  it('ls lists names so that no terminal acts upon them', async () => {
    await madeRepository();
    const { lines, objects } = await runCommand(lsCommand, { snapshot: 'latest' }, options());
    assert.deepEqual(lines, ['/made', '/made/file', '/made/folder', '/made/folder/file', '/made/red\\x1b[31m\\n']);
    assert.deepEqual(objects.map(({ nodeType }) => nodeType), ['dir', 'file', 'dir', 'file', 'symlink']);
    const long = await runCommand(lsCommand, { snapshot: 'latest:/made/folder' }, options({ long: true }));
    assert.match(long.lines[0], /^-0644 \d+ \d+ +7 1970-01-01 .*\/made\/folder\/file$/);
    await assert.rejects(runCommand(lsCommand, { snapshot: 'abcd' }, options()), { code: 'DUET_ERR_SNAPSHOT_UNKNOWN' });
  });

  it('restore brings back, counts, and leaves no lock', async () => {
    await madeRepository();
    const { exitCode, objects } = await runCommand(restoreCommand, { snapshot: 'latest:/made', target: at('target') }, options({ exclude: ['red*'] }));
    assert.equal(exitCode, 0);
    assert.deepEqual([objects.at(-1)!['entries'], objects.at(-1)!['bytes'], objects.at(-1)!['problems']], [3, 14, 0]);
    assert.equal(readFileSync(at('target/folder/file'), 'utf8'), 'content');
    assert.deepEqual(readdirSync(join(at('repo'), 'locks')), []);
  });

  it('restore writes nothing outside of its target, whatever names the repository has', async () => {
    const made = await MadeRepository.in(at('repo'));
    mkdirSync(at('victim'));
    const content = await made.blob('data', Buffer.from('evil'));
    const file = (name: string) => nodeOf(name, 'file', { content: [content], size: 4 });
    const inner = await made.tree(file('inner'));
    const hostile = [
      file('../victim/file'),
      file('..'),
      file('/etc/duet-evil'),
      file('a\0b'),
      nodeOf('..', 'dir', { subtree: inner }),
      nodeOf('.', 'dir', { subtree: inner }),
      nodeOf('', 'dir', { subtree: inner }),
      nodeOf('../victim', 'dir', { subtree: inner }),
      // A link first, then a folder of the same name to go through it.
      nodeOf('way', 'symlink', { linkTarget: fromText(at('victim')) }),
      nodeOf('way', 'dir', { subtree: inner }),
    ];
    await made.snapshot(await made.tree(...hostile, file('good')));
    const { exitCode, objects } = await runCommand(restoreCommand, { snapshot: 'latest', target: at('target') }, options());
    assert.equal(exitCode, 1);
    assert.equal(objects.filter(({ type }) => type === 'problem').length, hostile.length - 1);
    assert.deepEqual(readdirSync(at('victim')), []);
    assert.deepEqual(readdirSync(at('target')).sort(), ['good', 'way']);
    assert.deepEqual(readdirSync(folder.path).sort(), ['password', 'repo', 'target', 'victim']);
  });

  it('restore tells what is damaged, and brings back the rest', async () => {
    const made = await MadeRepository.in(at('repo'));
    const good = await made.blob('data', Buffer.from('good'));
    const nodes = [
      nodeOf('folder', 'dir', { subtree: 'ab'.repeat(32) }),
      nodeOf('good', 'file', { content: [good], size: 4 }),
      nodeOf('longer', 'file', { content: [good], size: 5 }),
      nodeOf('missing', 'file', { content: [good, 'ab'.repeat(32)], size: 4 }),
    ];
    await made.snapshot(await made.tree(...nodes));
    const { exitCode, objects } = await runCommand(restoreCommand, { snapshot: 'latest', target: at('target') }, options());
    assert.equal(exitCode, 1);
    assert.deepEqual(objects.filter(({ type }) => type === 'problem').map(({ path, code }) => [path, code]), [
      ['/folder', 'DUET_ERR_REPO_DAMAGED'],
      ['/longer', 'DUET_ERR_REPO_DAMAGED'],
      ['/missing', 'DUET_ERR_REPO_DAMAGED'],
    ]);
    assert.deepEqual(readdirSync(at('target')).sort(), ['folder', 'good', 'longer']);
  });

  it('wait for nobody who has locked the repository, and can do without a lock', async () => {
    const { repository } = await madeRepository();
    const lock = await RepositoryLock.acquire(repository.files, { exclusive: true });
    await assert.rejects(runCommand(snapshotsCommand, {}, options()), { code: 'DUET_ERR_REPO_LOCKED' });
    assert.equal((await runCommand(snapshotsCommand, {}, options({ lock: false }))).exitCode, 0);
    await lock.release();
  });

  it('end soon when they are interrupted', async () => {
    await madeRepository();
    const abort = new AbortController();
    abort.abort(new Error('interrupted'));
    const { objects } = await runCommand(restoreCommand, { snapshot: 'latest', target: at('target') }, options(), abort.signal);
    assert.deepEqual(objects, []);
    assert.deepEqual(readdirSync(join(at('repo'), 'locks')), []);
  });
});
