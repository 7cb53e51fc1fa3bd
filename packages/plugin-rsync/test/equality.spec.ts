import assert from 'node:assert/strict';
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPlugin } from '@duet/core/testing';
import { rsync } from '../src/index.js';
import { differences } from './fixtures/differences.js';
import { changeEveryKind, isRoot, makeEveryKind } from './fixtures/every-kind.js';
import { RsyncDaemon } from './fixtures/rsync-daemon.js';
import { SshServer } from './fixtures/ssh-server.js';
import { useTempFolder } from './fixtures/temp-folder.js';

const ALL = { hardLinks: true, acls: true, xattrs: true, sparse: true, delete: true };

/** Mirrors a tree with every kind of entry, changes it, mirrors again; and again with content that differs under the same size and time. */
async function mirrorAll(source: string, mirrored: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  makeEveryKind(source);
  for (const change of [() => undefined, () => changeEveryKind(source)]) {
    change();
    const { summary, problems } = await runPlugin(rsync, { folder: source, config: { ...ALL, ...config } });
    assert.deepEqual(problems, []);
    assert.equal(summary.exitCode, 0);
    assert.ok(summary.tasks[0].filesDone > 0);
    assert.deepEqual(differences(source, mirrored), []);
  }
}

describe('a mirror of every kind of entry is equal', function () {
  this.timeout(60_000);
  const temp = useTempFolder();

  it('in a folder', async () => {
    const target = join(temp.path, 'target');
    await mirrorAll(join(temp.path, 'source'), target, { target });
  });

  it('in a folder, in batches of a few files, synced', async () => {
    const target = join(temp.path, 'target');
    await mirrorAll(join(temp.path, 'source'), target, { target, batchFiles: 3, batchBytes: 5000, fsync: true });
  });

  it('on a host, over one ssh connection', async () => {
    const server = await SshServer.start(join(temp.path, 'ssh'));
    try {
      const target = join(temp.path, 'the target; $(touch x)');
      await mirrorAll(join(temp.path, 'source'), target, { target: `${server.host}:${target}`, rsh: server.rsh, batchFiles: 8 });
      assert.equal(server.logins, 2, 'each run logs in once');
    } finally {
      await server.stop();
    }
  });

  it('on a daemon that asks for a password', async function () {
    if (!isRoot) this.skip();
    const target = join(temp.path, 'target');
    const daemon = await RsyncDaemon.start(join(temp.path, 'daemon'), target);
    try {
      await mirrorAll(join(temp.path, 'source'), target, { target: daemon.url, passwordFile: daemon.passwordFile, numericIds: true });
    } finally {
      await daemon.stop();
    }
  });

  it('after files of the target were spoilt under the same size and time, with checksum', async () => {
    const [source, target] = [join(temp.path, 'source'), join(temp.path, 'target')];
    makeEveryKind(source);
    await runPlugin(rsync, { folder: source, config: { ...ALL, target } });
    const { atime, mtime } = statSync(join(target, 'size-4097'));
    writeFileSync(join(target, 'size-4097'), Buffer.alloc(4097, 'spoilt'));
    utimesSync(join(target, 'size-4097'), atime, mtime);
    const { units } = await runPlugin(rsync, { folder: source, config: { ...ALL, target, checksum: true } });
    assert.deepEqual(units, ['size-4097']);
    assert.deepEqual(differences(source, target), []);
  });

  it('and keeps what only the target has, without delete', async () => {
    const [source, target] = [join(temp.path, 'source'), join(temp.path, 'target')];
    mkdirSync(source);
    mkdirSync(target);
    writeFileSync(join(source, 'a'), 'a');
    writeFileSync(join(target, 'b'), 'b');
    const { summary } = await runPlugin(rsync, { folder: source, config: { target } });
    assert.equal(summary.exitCode, 0);
    assert.deepEqual(differences(source, target), ['*deleting   b']);
  });
});
