import assert from 'node:assert/strict';
import { scrubOptions } from '../src/options.js';

describe('options of scrub', () => {
  it('take what the command line gives: strings', () => {
    const options = scrubOptions.parse({ olderThan: '30d', maxBytes: '10G', maxTime: '2h', exclude: 'a,{b,c}/**, d', xattrs: 'true', threads: '3' });
    assert.deepEqual(options, { olderThan: 30 * 86_400_000, maxBytes: 10 * 2 ** 30, maxTime: 7_200_000, exclude: ['a', '{b,c}/**', 'd'], xattrs: true, threads: 3 });
  });

  it('take what a program gives', () => {
    const options = scrubOptions.parse({ maxBytes: 4096, exclude: ['a,b'], xattrs: false });
    assert.equal(options.maxBytes, 4096);
    assert.deepEqual(options.exclude, ['a,b']);
    assert.ok(options.threads >= 1 && options.threads <= 4);
  });

  it('read sizes in powers of 1,024', () => {
    for (const [text, bytes] of [['512', 512], ['1k', 1024], ['1.5MiB', 1.5 * 2 ** 20], ['2 TB', 2 * 2 ** 40]] as const) {
      assert.equal(scrubOptions.parse({ maxBytes: text }).maxBytes, bytes, text);
    }
  });

  it('refuse what says nothing clear', () => {
    for (const bad of [{ maxBytes: '10X' }, { maxBytes: '-1' }, { maxBytes: 0 }, { olderThan: '30' }, { olderThan: 'soon' }, { xattrs: 'maybe' }, { threads: 0 }, { other: 1 }]) {
      assert.equal(scrubOptions.safeParse(bad).success, false, JSON.stringify(bad));
    }
  });

  it('each say what they are', () => {
    for (const [name, schema] of Object.entries(scrubOptions.shape)) assert.ok(schema.description, name);
  });
});
