import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fromBytes, fromText } from '@duet/core';
import { formatSum, SumLineParser } from '../../src/sums/sum-line.js';
import { useTempFolder } from '../temp-folder.js';
import { digests } from '../record/arbitrary-record.js';

const names = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 47 ? 10 : byte)))
  .filter((bytes) => !['.', '..'].includes(Buffer.from(bytes).toString('latin1')));

describe('lines of SHA-256 sums', () => {
  const folder = useTempFolder();

  it('are parsed as they were formatted, whatever the name', () => {
    fc.assert(
      fc.property(digests, names, (digest, name) => {
        const line = formatSum(digest, fromBytes(name));
        assert.equal(line.indexOf(10), line.length - 1);
        assert.deepEqual(new SumLineParser().parse(line.subarray(0, -1)), { digest, path: fromBytes(name) });
      }),
    );
  });

  it('are taken by sha256sum -c, and its own lines are the same', () => {
    fc.assert(
      fc.property(names, (name) => {
        const file = Buffer.concat([Buffer.from(`${folder.path}/`), name]);
        writeFileSync(file, name);
        const digest = createHash('sha256').update(name).digest();
        const line = formatSum(digest, fromBytes(file));
        const list = join(folder.path, 'a-list-with-a-name-longer-than-all-the-others-that-are-made-here');
        writeFileSync(list, line);
        execFileSync('sha256sum', ['--strict', '--status', '-c', list]);
        const printed = execFileSync('sh', ['-c', `cd "$0" && find . -type f ! -name 'a-list*' -exec sha256sum -- {} + && find . -type f -delete`, folder.path]);
        const own = new SumLineParser().parse(printed.subarray(0, -1));
        assert.deepEqual(own, { digest, path: fromBytes(Buffer.concat([Buffer.from('./'), name])) });
      }),
      { numRuns: 25 },
    );
  });

  it('are read in the forms of --binary, --tag and hashdeep too', () => {
    const hex = 'ab'.repeat(32);
    const expected = { digest: Buffer.from(hex, 'hex'), path: fromText('a b,c') };
    const parser = new SumLineParser();
    assert.deepEqual(parser.parse(Buffer.from(`${hex} *a b,c`)), expected);
    assert.deepEqual(parser.parse(Buffer.from(`SHA256 (a b,c) = ${hex.toUpperCase()}`)), expected);
    assert.equal(parser.parse(Buffer.from('%%%% HASHDEEP-1.0')), 'comment');
    assert.equal(parser.parse(Buffer.from('%%%% size,md5,sha256,filename')), 'comment');
    assert.equal(parser.parse(Buffer.from('## Invoked from: /')), 'comment');
    assert.deepEqual(parser.parse(Buffer.from(`12,0123,${hex},a b,c`)), expected);
  });

  it('are refused when they are something else', () => {
    const hex = 'ab'.repeat(32);
    for (const line of ['no sum', (hex), `${hex} name`, `${hex.slice(1)}  name`, `\\${hex}  a\\tb`, `MD5 (a) = ${hex}`]) {
      assert.equal(new SumLineParser().parse(Buffer.from(line)), undefined, line);
    }
  });
});
