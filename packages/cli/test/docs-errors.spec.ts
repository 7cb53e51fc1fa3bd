import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ERROR_CODES } from '@duet/core/model';

/** From dist/test. */
const ERRORS = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  const rows = new Map<string, string[]>();
  for (const line of ERRORS.split('\n')) {
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
    const code = /^`(DUET_ERR_\w+)`$/.exec(cells[0] ?? '')?.[1];
    if (code !== undefined) rows.set(code, cells.slice(1));
  }

  it('has each code once, in the order of the table in code', () => {
    assert.deepEqual([...rows.keys()], Object.keys(ERROR_CODES));
    assert.equal(ERRORS.match(/^\| `DUET_ERR_/gm)?.length, rows.size);
  });

  for (const [code, { exit, meaning, solve }] of Object.entries(ERROR_CODES)) {
    it(`says the same of ${code}`, () => assert.deepEqual(rows.get(code), [String(exit), meaning, solve]));
  }
});
