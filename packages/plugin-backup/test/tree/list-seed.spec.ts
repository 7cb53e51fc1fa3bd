import assert from 'node:assert/strict';
import { CACHEDIR_TAG, folderTag } from '../../src/select/folder-tags.js';
import { listSeed } from '../../src/tree/list-seed.js';

const NOTHING = { exclude: [], runExclude: [], tags: [], oneFileSystem: false };

describe('the seed of lists', () => {
  it('is another one with whatever lists depend on', () => {
    const zone = process.env['TZ'];
    const seeds = new Set<string>();
    const add = (seed: Buffer): void => {
      assert.ok(!seeds.has(seed.toString('hex')));
      seeds.add(seed.toString('hex'));
    };
    try {
      process.env['TZ'] = 'UTC';
      add(listSeed(NOTHING));
      assert.ok(seeds.has(listSeed({ ...NOTHING }).toString('hex')));
      add(listSeed({ ...NOTHING, exclude: ['*.o'] }));
      add(listSeed({ ...NOTHING, runExclude: ['*.o'] }));
      add(listSeed({ ...NOTHING, tags: [CACHEDIR_TAG] }));
      add(listSeed({ ...NOTHING, tags: [folderTag('.nobackup')] }));
      add(listSeed({ ...NOTHING, tags: [folderTag('.nobackup:with this')] }));
      add(listSeed({ ...NOTHING, oneFileSystem: true }));
      add(listSeed(NOTHING, 2));
      for (const other of ['Europe/Berlin', 'Europe/Lisbon', 'America/New_York', 'Asia/Kolkata']) {
        process.env['TZ'] = other;
        add(listSeed(NOTHING));
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});
