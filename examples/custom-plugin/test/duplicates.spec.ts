import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@duet/core';
import { pluginContractSuite, runPlugin, ScriptedPageCache } from '@duet/core/testing';
import duplicates from '../src/index.js';

pluginContractSuite(duplicates);

describe('duplicates', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'duet-duplicates-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names files with the same content, however they were cached', async () => {
    writeFileSync(join(folder, 'a'), 'one');
    writeFileSync(join(folder, 'b'), 'two');
    writeFileSync(join(folder, 'c'), 'one');
    const cache = new ScriptedPageCache(folder);
    cache.add('c');
    const said: string[] = [];
    await runPlugin(duplicates, { folder, cache, logger: { ...silentLogger, info: (message) => said.push(message) } });
    assert.deepEqual(said, ['same content: a, c']);
  });

  it('leaves small files alone', async () => {
    writeFileSync(join(folder, 'small'), '1');
    writeFileSync(join(folder, 'large'), '12345');
    const { summary } = await runPlugin(duplicates, { folder, config: { minBytes: '5' } });
    assert.equal(summary.tasks[0].filesTotal, 1);
  });
});
