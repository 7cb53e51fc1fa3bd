import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContractSuite, runPlugin } from '@duet/core/testing';
import benchCopy from '../../src/jobs/bench-copy.js';
import benchHash from '../../src/jobs/bench-hash.js';
import benchPack from '../../src/jobs/bench-pack.js';

describe('the jobs of the bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-jobs-'));
  const target = join(folder, 'target');
  const tree = join(folder, 'tree');
  mkdirSync(target);
  after(() => rmSync(folder, { recursive: true }));

  pluginContractSuite(benchHash);
  pluginContractSuite(benchPack, { config: { target } });
  pluginContractSuite(benchCopy, { config: { target } });

  describe('on a tree', () => {
    before(() => {
      mkdirSync(join(tree, 'sub'), { recursive: true });
      writeFileSync(join(tree, 'small'), 'small');
      writeFileSync(join(tree, 'empty'), '');
      writeFileSync(join(tree, 'sub', 'large'), 'head');
      truncateSync(join(tree, 'sub', 'large'), 70 * 2 ** 20);
      writeFileSync(join(tree, 'sub', 'large'), 'tail', { flag: 'a' });
    });

    it('copy what is there, also a file of many segments', async () => {
      const copy = mkdtempSync(join(folder, 'copy-'));
      const { summary } = await runPlugin(benchCopy, { folder: tree, config: { target: copy } });
      assert.equal(summary.exitCode, 0);
      for (const path of ['small', 'empty', 'sub/large']) assert.ok(readFileSync(join(copy, path)).equals(readFileSync(join(tree, path))), path);
    });

    it('count each byte that they read once, from the cache or from the disk', async () => {
      const { summary } = await runPlugin(benchHash, { folder: tree });
      const [{ bytes, bytesFromCache, bytesFromDisk }] = summary.tasks;
      assert.equal(bytes, 70 * 2 ** 20 + 4 + 5);
      assert.equal(bytesFromCache + bytesFromDisk, bytes);
    });

    it('pack what they read', async () => {
      const packs = mkdtempSync(join(folder, 'packs-'));
      const { summary } = await runPlugin(benchPack, { folder: tree, config: { target: packs } });
      assert.equal(summary.tasks[0].filesDone, 3);
      assert.ok(readdirSync(packs).every((name) => name.endsWith('.pack') && statSync(join(packs, name)).size > 0));
    });
  });
});
