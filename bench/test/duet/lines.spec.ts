import assert from 'node:assert/strict';
import { parseLine } from '../../src/duet/lines.js';

describe('a line of duet --json', () => {
  it('is an object with a type', () => {
    const line = parseLine('{"type":"unit","task":"scrub","path":"a","offset":0,"bytes":1,"cachedBytes":0,"reason":"cold","ms":1.2,"atMs":5,"endMs":6.2}');
    assert.ok(line.type === 'unit' && line.reason === 'cold');
  });

  it('is nothing else', () => {
    for (const text of ['', '3', 'null', '{}', '{"type":1}', 'warning: {']) assert.throws(() => parseLine(text), SyntaxError);
  });
});
