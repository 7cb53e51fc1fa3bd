import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compress } from '../../src/compress/zstd.js';
import { Cipher } from '../../src/repository/cipher.js';
import { LocalStorage } from '../../src/repository/local-storage.js';
import { PackWriter } from '../../src/repository/pack-writer.js';
import { Repository } from '../../src/repository/repository.js';
import { findSnapshot, listSnapshots, saveSnapshot } from '../../src/repository/snapshot.js';
import { needsRestic, PASSWORD, restic } from '../restic.js';
import { useTempFolder } from '../temp-folder.js';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

describe('Repository', () => {
  const folder = useTempFolder();
  const repo = (): string => join(folder.path, 'repo');
  const init = (): Promise<Repository> => Repository.init(LocalStorage.create(repo()), PASSWORD);
  const open = (password = PASSWORD): Promise<Repository> => Repository.open(new LocalStorage(repo()), password);

  /** Writes one pack and the index of it. */
  async function store(repository: Repository, contents: readonly Buffer[]): Promise<void> {
    const writer = new PackWriter(repo(), repository.cipher);
    for (const [i, content] of contents.entries()) {
      const isCompressed = i % 2 === 1;
      writer.add({ type: 'data', id: sha256(content), uncompressedLength: isCompressed ? content.length : 0 }, repository.cipher.seal(isCompressed ? compress(content, 3) : content));
    }
    await repository.saveIndex([writer.finish()]);
  }

  it('opens with its password, and keeps blobs', async () => {
    const made = await init();
    const contents = [randomBytes(10), Buffer.from('text '.repeat(5000)), randomBytes(300_000)];
    await store(made, contents);
    await made.loadIndex();
    const opened = await open();
    assert.deepEqual([opened.config, Buffer.from(opened.key)], [made.config, Buffer.from(made.key)]);
    await opened.loadIndex();
    for (const content of contents) {
      assert.deepEqual(await made.loadBlob('data', sha256(content)), content);
      assert.deepEqual(await opened.loadBlob('data', sha256(content)), content);
    }
    await assert.rejects(opened.loadBlob('tree', sha256(contents[0])), { code: 'DUET_ERR_REPO_DAMAGED', message: /in no index/ });
  });

  it('tells a wrong password, a folder that is no repository, and none', async () => {
    await init();
    await assert.rejects(open('wrong'), { code: 'DUET_ERR_REPO_PASSWORD' });
    await assert.rejects(Repository.open(new LocalStorage(folder.path), PASSWORD), { code: 'DUET_ERR_REPO_MISSING' });
    await assert.rejects(Repository.open(new LocalStorage(join(folder.path, 'nothing')), PASSWORD), { code: 'DUET_ERR_REPO_MISSING' });
  });

  it('is not made where there is one already', async () => {
    const made = await init();
    await assert.rejects(init(), { code: 'DUET_ERR_REPO_EXISTS' });
    rmSync(join(repo(), 'config'));
    await assert.rejects(init(), { code: 'DUET_ERR_REPO_EXISTS', message: /config is missing/ });
    assert.equal(made.config.version, 2);
  });

  it('of a newer version, or without sense, is refused', async () => {
    const { key } = await init();
    const rewrite = (config: object): void => {
      rmSync(join(repo(), 'config'));
      writeFileSync(join(repo(), 'config'), new Cipher(key).seal(Buffer.from(JSON.stringify(config))));
    };
    rewrite({ version: 3, id: 'x', chunker_polynomial: '2f77a1ac294e2b' });
    await assert.rejects(open(), { code: 'DUET_ERR_REPO_VERSION', message: /version 3/ });
    rewrite({ version: 2, id: 'x', chunker_polynomial: '2f77a1ac294e2a' });
    await assert.rejects(open(), { code: 'DUET_ERR_REPO_DAMAGED' });
    rewrite({ version: 1, id: 'x', chunker_polynomial: '2f77a1ac294e2b' });
    assert.throws((await open()).requireWritable.bind(await open()), { code: 'DUET_ERR_REPO_VERSION' });
  });

  it('tells damage of each kind of file', async () => {
    const repository = await init();
    const content = randomBytes(100_000);
    await store(repository, [content]);
    await repository.loadIndex();
    const damage = (file: string, at: number): void => {
      const bytes = readFileSync(file);
      bytes[at] ^= 1;
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
    };
    const only = (kind: string): string => join(repo(), kind, readdirSync(join(repo(), kind))[0]);
    const pack = new LocalStorage(repo()).path('pack', (await repository.storage.list('pack'))[0]);
    damage(pack, 500);
    await assert.rejects(repository.loadBlob('data', sha256(content)), { code: 'DUET_ERR_REPO_DAMAGED', message: /authenticator/ });
    writeFileSync(pack, readFileSync(pack).subarray(0, 1000));
    await assert.rejects(repository.loadBlob('data', sha256(content)), { code: 'DUET_ERR_REPO_DAMAGED', message: /too short/ });
    rmSync(pack);
    await assert.rejects(repository.loadBlob('data', sha256(content)), { code: 'DUET_ERR_REPO_DAMAGED', message: /ENOENT/ });
    damage(only('index'), 40);
    await assert.rejects((await open()).loadIndex(), { code: 'DUET_ERR_REPO_DAMAGED', message: /index .* hash/ });
    damage(join(repo(), 'config'), 20);
    await assert.rejects(open(), { code: 'DUET_ERR_REPO_PASSWORD' });
    rmSync(only('keys'));
    await assert.rejects(open(), { code: 'DUET_ERR_REPO_DAMAGED', message: /no key files/ });
  });

  it('passes over indexes that others supersede', async () => {
    const repository = await init();
    const [old, kept] = [randomBytes(5000), randomBytes(5000)];
    await store(repository, [old]);
    const [superseded] = await repository.files.list('index');
    const writer = new PackWriter(repo(), repository.cipher);
    writer.add({ type: 'data', id: sha256(kept), uncompressedLength: 0 }, repository.cipher.seal(kept));
    await repository.saveIndex([writer.finish()]);
    await repository.files.save('index', { supersedes: [superseded], packs: [] });
    const opened = await open();
    await opened.loadIndex();
    assert.deepEqual([opened.index.has('data', sha256(old)), opened.index.has('data', sha256(kept))], [false, true]);
  });

  it('finds snapshots by what people call them', async () => {
    const { files } = await init();
    await assert.rejects(findSnapshot(files, 'latest'), { code: 'DUET_ERR_SNAPSHOT_UNKNOWN' });
    const ids: string[] = [];
    for (const time of ['2026-01-02T03:04:05.123456789+01:00', '2026-01-02T03:04:05Z', '2025-01-01T00:00:00Z']) {
      ids.push(await saveSnapshot(files, { time, tree: 'ab'.repeat(32), paths: ['/home/ä'], hostname: 'h', username: 'u', uid: 0, gid: 7, excludes: [], tags: ['x'] }));
    }
    assert.deepEqual((await listSnapshots(files)).map(({ id }) => id), [ids[2], ids[0], ids[1]]);
    assert.equal((await findSnapshot(files, 'latest')).id, ids[1]);
    const found = await findSnapshot(files, ids[0].slice(0, 10));
    assert.deepEqual([found.time, found.paths, found.uid, found.gid, found.tags, found.parent], ['2026-01-02T03:04:05.123456789+01:00', ['/home/ä'], 0, 7, ['x'], undefined]);
    await assert.rejects(findSnapshot(files, 'nonsense'), { code: 'DUET_ERR_SNAPSHOT_UNKNOWN' });
    await assert.rejects(findSnapshot(files, ''), { code: 'DUET_ERR_SNAPSHOT_UNKNOWN' });
  });

  describe('and restic', function () {
    before(function () {
      needsRestic(this);
    });

    it('restic takes one that was made here', async () => {
      const repository = await init();
      const tree = Buffer.from('{"nodes":[]}\n');
      const writer = new PackWriter(repo(), repository.cipher);
      writer.add({ type: 'tree', id: sha256(tree), uncompressedLength: tree.length }, repository.cipher.seal(compress(tree, 3)));
      await repository.saveIndex([writer.finish()]);
      const id = await saveSnapshot(repository.files, { time: new Date().toISOString(), tree: sha256(tree).toString('hex'), paths: ['/x'], hostname: 'h', username: 'u', uid: 1, gid: 1, excludes: [], tags: [] });
      assert.match(restic(repo(), 'check', '--read-data'), /no errors were found/);
      assert.equal((JSON.parse(restic(repo(), 'snapshots', '--json')) as { id: string }[])[0].id, id);
      assert.equal((JSON.parse(restic(repo(), 'cat', 'config')) as { id: string }).id, repository.config.id);
      mkdirSync(join(folder.path, 'files'));
      writeFileSync(join(folder.path, 'files', 'a'), 'content');
      restic(repo(), 'backup', '-q', join(folder.path, 'files'));
      assert.match(restic(repo(), 'check', '--read-data'), /no errors were found/);
    }).timeout(60_000);

    it('reads what restic made, of both versions, with two keys', async () => {
      const content = randomBytes(3_000_000);
      mkdirSync(join(folder.path, 'files'));
      writeFileSync(join(folder.path, 'files', 'a'), content);
      for (const version of ['1', '2']) {
        rmSync(repo(), { recursive: true, force: true });
        restic(repo(), 'init', '--repository-version', version);
        restic(repo(), 'backup', '-q', '--tag', 'mine', join(folder.path, 'files'));
        writeFileSync(join(folder.path, 'second'), 'another one');
        restic(repo(), 'key', 'add', '--new-password-file', join(folder.path, 'second'));
        const repository = await open('another one');
        assert.equal(repository.config.version, Number(version));
        await repository.loadIndex();
        const [snapshot] = await listSnapshots(repository.files);
        assert.deepEqual([snapshot.tags, snapshot.paths], [['mine'], [join(folder.path, 'files')]]);
        assert.match((await repository.loadBlob('tree', Buffer.from(snapshot.tree, 'hex'))).toString(), /^{"nodes":\[/);
        const chunks = [...repository.index.ids('data')];
        const sizes = await Promise.all(chunks.map(async (id) => (await repository.loadBlob('data', id)).length));
        assert.equal(sizes.reduce((sum, size) => sum + size), content.length);
      }
    }).timeout(60_000);
  });
});
