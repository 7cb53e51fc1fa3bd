import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { joinWords, splitWords } from '../../src/target/shell-words.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const word = fc.array(fc.constantFrom('a', 'b', '-', '=', ' ', "'", '"', '$', '\\', '*', ';'), { minLength: 1, maxLength: 8 }).map((chars) => chars.join(''));

describe('words of a remote shell', () => {
  const temp = useTempFolder();

  it('are split as rsync splits them', () => {
    assert.deepEqual(splitWords('ssh -p 22  -i "my key"'), ['ssh', '-p', '22', '-i', 'my key']);
    assert.deepEqual(splitWords("ssh -o 'it''s'"), ['ssh', '-o', "it's"]);
    assert.deepEqual(splitWords(''), []);
    assert.equal(splitWords('ssh "x'), undefined);
  });

  it('come back as they were', () => {
    fc.assert(fc.property(fc.array(word), (words) => assert.deepEqual(splitWords(joinWords(words)), words)));
  });

  it('arrive as they are, by rsync itself', () => {
    const words = ['-o', "it's", 'a "b" c', '$(touch x)', '\\', ';', '*', "''"];
    const shell = join(temp.path, 'shell');
    writeFileSync(shell, `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done > '${temp.path}/words'\nexit 1\n`);
    chmodSync(shell, 0o755);
    assert.throws(() => execFileSync('rsync', ['-n', `--rsh=${joinWords([shell, ...words])}`, '--', temp.path, 'host:x'], { stdio: 'ignore' }));
    const arrived = readFileSync(join(temp.path, 'words'), 'utf8').split('\0');
    assert.deepEqual(arrived.slice(0, words.length), words);
  });
});
