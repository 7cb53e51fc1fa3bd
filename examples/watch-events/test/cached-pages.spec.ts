import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText, openDuet } from '@duet/core';
import type { Duet } from '@duet/core';
import { ScriptedPageCache } from '@duet/core/testing';
import { followCached } from '../src/cached-pages.js';
import type { CachedFile } from '../src/cached-pages.js';

const PATIENCE_MS = 10_000;

describe('the example of docs/sessions.md', function () {
  this.timeout(3 * PATIENCE_MS);
  let folder: string;
  let cache: ScriptedPageCache;
  let duet: Duet;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'duet-cached-pages-'));
    mkdirSync(join(folder, 'path'));
    writeFileSync(join(folder, 'path', 'a'), Buffer.alloc(8 * 4096));
    cache = new ScriptedPageCache(folder);
    duet = await openDuet({ stateDir: null }, { source: cache.source, scanners: cache.scanners });
  });
  afterEach(async () => {
    await duet.close();
    rmSync(folder, { recursive: true });
  });

  it('counts what is cached already, what comes and goes, and what leaves the path with its file', async () => {
    const files = new Map<number, CachedFile>();
    const shows = async (pages: number): Promise<void> => {
      for (const end = Date.now() + PATIENCE_MS; [...files.values()][0]?.pages !== pages; await sleep(5)) assert.ok(Date.now() < end, `not ${pages} but ${JSON.stringify([...files.values()])}`);
    };
    cache.add('path/a', 0, 3);
    const session = followCached(duet, fromText(join(folder, 'path')), files);
    await shows(3);
    cache.add('path/a', 5, 2);
    cache.evict('path/a', 0, 1);
    await shows(4);
    linkSync(join(folder, 'path', 'a'), join(folder, 'a'));
    unlinkSync(join(folder, 'path', 'a'));
    // The cache is asked for it again, and finds that it has left.
    cache.lose();
    await shows(0);
    assert.deepEqual([...files.values()].map(({ path }) => path), ['a']);
    session.close();
  });

  it('stands in the guide as it is here', () => {
    const [source, guide] = ['../../src/cached-pages.ts', '../../../../docs/sessions.md'].map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));
    assert.ok(guide.includes(`\n\`\`\`ts\n${source}\`\`\`\n`));
  });
});
