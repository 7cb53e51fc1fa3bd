import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { toBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import { unescapeName } from '../../src/output/escaped-name.js';
import { ITEM_FORMAT, parseItem } from '../../src/output/item-line.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

/** Bytes that a name may have, those that mean something to rsync more often. */
const byte = fc.oneof(fc.integer({ min: 1, max: 255 }).filter((code) => code !== 47), fc.constantFrom(...Buffer.from('\\#01379 \t\n\r"')));
const name = fc.array(byte, { minLength: 1, maxLength: 40 }).map((codes) => String.fromCharCode(...codes) as BytePath).filter((text) => text !== '.' && text !== '..');

/** The name as rsync prints it. */
function escapeName(text: BytePath): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\\(?=#\d{3})|[^\t\x20-\x7f]/g, (char) => `\\#${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

describe('names that rsync prints', () => {
  const temp = useTempFolder();

  it('come back as they were', () => {
    fc.assert(fc.property(name, (one) => unescapeName(escapeName(one)) === one));
  });

  it('are printed as expected, and read back, whatever bytes they have', () => {
    const names = [...new Set(fc.sample(name, { numRuns: 400, seed: 4 }))];
    const source = join(temp.path, 'source');
    mkdirSync(source);
    for (const one of names) writeFileSync(Buffer.concat([Buffer.from(`${source}/`), toBytes(one)]), 'x');
    const out = execFileSync('rsync', ['-an', `--out-format=${ITEM_FORMAT}`, '--', `${source}/`, join(temp.path, 'target')], { encoding: 'latin1', env: { ...process.env, LC_ALL: 'C' } });
    const lines = out.split('\n').filter((line) => line.startsWith('>f'));
    assert.deepEqual(lines.map((line) => parseItem(line)?.name).sort(), [...names].sort());
    assert.deepEqual(lines.map((line) => line.slice('>f+++++++++ 1 '.length)).sort(), names.map(escapeName).sort());
  });
});
