import assert from 'node:assert/strict';
import { rsyncOptions } from '../src/options.js';

const parse = (options: Readonly<Record<string, unknown>>) => rsyncOptions.safeParse({ target: '/t', ...options });

describe('options of rsync', () => {
  it('take what the command line gives: strings', () => {
    const { data } = parse({ delete: 'true', exclude: 'a,b', batchBytes: '64MiB', port: '873', retries: '2', rsh: 'ssh -p 22', bwlimit: '1.5m' });
    assert.deepEqual([data?.delete, data?.exclude, data?.batchBytes, data?.port, data?.retries, data?.rsh, data?.bwlimit], [true, ['a,b'], 64 * 2 ** 20, 873, 2, ['ssh', '-p', '22'], '1.5m']);
  });

  it('refuse what says nothing clear', () => {
    for (const bad of [{ target: '' }, { target: undefined }, { target: '-x:y' }, { batchBytes: '10X' }, { batchFiles: 0 }, { bwlimit: '10; x' }, { rsh: '"' }, { rsh: '-x' }, { port: 0 }, { retries: -1 }, { delete: 'maybe' }, { other: 1 }]) {
      assert.equal(parse(bad).success, false, JSON.stringify(bad));
    }
  });

  it('each say what they are', () => {
    for (const [name, schema] of Object.entries(rsyncOptions.shape)) assert.ok(schema.description, name);
  });
});
