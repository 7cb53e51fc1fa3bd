import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { LocalStorage } from '../../src/repository/local-storage.js';
import { parseSample, sampled } from '../../src/verify/sample.js';
import { verify } from '../../src/verify/verify.js';
import type { RepositoryProblem, VerifyResult } from '../../src/verify/verify.js';
import { MadeRepository, nodeOf } from '../made-repository.js';
import { useTempFolder } from '../temp-folder.js';

describe('verify', () => {
  const folder = useTempFolder();
  let made: MadeRepository;
  let content: string;
  let problems: RepositoryProblem[];

  beforeEach(async () => {
    problems = [];
    made = await MadeRepository.in(folder.path);
    content = await made.blob('data', randomBytes(5000));
    const inner = await made.tree(nodeOf('file', 'file', { content: [content, content], size: 10_000 }));
    await made.snapshot(await made.tree(nodeOf('folder', 'dir', { subtree: inner }), nodeOf('other', 'dir', { subtree: inner })));
  });

  const run = (sample?: string): Promise<VerifyResult> =>
    verify(made.repository, parseSample(sample), { problem: (one) => void problems.push(one), progress: () => undefined }, new AbortController().signal);
  const packOf = (type: 'data' | 'tree', id: string): string =>
    new LocalStorage(folder.path).path('pack', Buffer.from(made.repository.index.find(type, Buffer.from(id, 'hex'))!.pack).toString('hex'));
  const change = (file: string, change: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(file);
    change(bytes);
    chmodSync(file, 0o600);
    writeFileSync(file, bytes);
  };

  it('finds nothing wrong with what is well', async () => {
    const { bytesRead, ...counts } = await run();
    assert.deepEqual(problems, []);
    assert.deepEqual(counts, { snapshots: 1, trees: 2, packs: 3, packsRead: 3, orphans: 0, problems: 0 });
    assert.ok(bytesRead > 5000);
  });

  it('finds a changed bit anywhere in a pack, and none outside of the sample', async () => {
    const pack = packOf('data', content);
    const { length } = readFileSync(pack);
    for (const at of [0, 100, 4000, length - 60, length - 1]) {
      change(pack, (bytes) => void (bytes[at] ^= 4));
      const { problems: found } = await run();
      assert.ok(found >= 2, `byte ${at}: ${JSON.stringify(problems)}`);
      assert.ok(problems.every(({ where }) => pack.endsWith(where.replace('pack ', ''))));
      problems = [];
      change(pack, (bytes) => void (bytes[at] ^= 4));
    }
    const part = (Number.parseInt(pack.slice(-64, -62), 16) % 2) + 1;
    change(pack, (bytes) => void (bytes[100] ^= 4));
    assert.equal((await run(`${3 - part}/2`)).problems, 0);
    assert.ok((await run(`${part}/2`)).problems > 0);
  });

  it('finds packs that are missing or cut short without reading them', async () => {
    const pack = packOf('data', content);
    chmodSync(pack, 0o600);
    truncateSync(pack, 100);
    // At the other half of the packs, whichever that is.
    const part = (Number.parseInt(pack.slice(-64, -62), 16) % 2) + 1;
    await run(`${3 - part}/2`);
    assert.match(problems[0].message, /it has 100 bytes/);
    rmSync(pack);
    await run();
    assert.match(problems.at(-1)!.message, /not there/);
  });

  it('finds damaged indexes, snapshots and lists, and goes on', async () => {
    const storage = new LocalStorage(folder.path);
    const lost = await made.blob('data', randomBytes(10));
    const [name] = (await storage.list('index')).filter((one) => readFileSync(storage.path('index', one)).length > 0);
    await made.snapshot(await made.tree(
      nodeOf('b', 'file', { content: [lost, 'cd'.repeat(32)], size: 10 }),
      nodeOf('a', 'file', { content: [content], size: 4999 }),
      nodeOf('c', 'dir', { subtree: 'ab'.repeat(32) }),
    ));
    const ids = await storage.list('snapshot');
    await run();
    assert.deepEqual(problems.map(({ path, message }) => [path, message.replace(/^(\S+ \S+ \S+).*/, '$1')]), [
      ['/b', 'its chunk cdcdcdcd'],
      ['/a', 'its name does'],
      ['/a', 'the file has'],
      ['/c', 'the list of'],
    ]);
    problems = [];
    change(storage.path('snapshot', ids[0]), (bytes) => void (bytes[50] ^= 1));
    change(storage.path('index', name), (bytes) => void (bytes[50] ^= 1));
    await run();
    assert.deepEqual(problems.filter(({ path }) => path === undefined).map(({ where }) => where), [`index ${name}`, `snapshot ${ids[0]}`]);
  });

  it('tells packs that are in no index: a crash leaves them, and nothing is wrong', async () => {
    const storage = new LocalStorage(folder.path);
    const names = await storage.list('index');
    await made.blob('data', randomBytes(10));
    for (const name of await storage.list('index')) if (!names.includes(name)) await storage.remove('index', name);
    const { orphans, problems: found } = await run();
    assert.deepEqual([orphans, found], [1, 0]);
  });
});

describe('samples', () => {
  const packs = Array.from({ length: 1000 }, () => randomBytes(32).toString('hex'));

  it('of all parts together are all, each once', () => {
    const parts = [1, 2, 3, 4, 5, 6, 7].flatMap((part) => sampled(packs, parseSample(`${part}/7`)));
    assert.deepEqual(parts.sort(), [...packs].sort());
  });

  it('of a share have as many, and no pack twice', () => {
    const some = sampled(packs, parseSample('2.5%'));
    assert.equal(new Set(some).size, 25);
    assert.equal(sampled(packs, parseSample('100%')).length, 1000);
    assert.equal(sampled(packs, parseSample('0.01%')).length, 1);
    assert.deepEqual(sampled(packs, parseSample(undefined)).sort(), [...packs].sort());
  });

  for (const bad of ['', '0/3', '4/3', '1/257', '0%', '101%', 'all', '1/2%']) {
    it(`'${bad}' is none`, () => assert.throws(() => parseSample(bad), { code: 'DUET_ERR_USAGE' }));
  }
});
