import assert from 'node:assert/strict';
import { Chunker } from '../../src/jobs/chunker.js';
import { content } from '../../src/tree/random.js';

const data = Buffer.concat([...content(1, 0, 24 * 2 ** 20)]);

function chunks(bytes: Buffer, pieceBytes: number): Buffer[] {
  const chunker = new Chunker();
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const chunk of chunker.cut(bytes.subarray(at, at + pieceBytes))) found.push(Buffer.from(chunk));
  }
  const rest = chunker.rest();
  return rest ? [...found, Buffer.from(rest)] : found;
}

describe('chunks', () => {
  it('hold all of the content, whatever pieces it comes in', () => {
    const whole = chunks(data, 2 ** 20);
    assert.ok(Buffer.concat(whole).equals(data));
    assert.deepEqual(chunks(data, 77_777), whole);
  });

  it('are cut where they were after an insertion at the front', () => {
    const before = chunks(data, 2 ** 20);
    const after = chunks(Buffer.concat([Buffer.from('new'), data]), 2 ** 20);
    assert.ok(before.length > 5);
    assert.ok(after.at(-2)!.equals(before.at(-2)!));
  });

  it('have a size between the least and the most', () => {
    const sizes = chunks(Buffer.concat([data, Buffer.alloc(20 * 2 ** 20)]), 2 ** 20).map((chunk) => chunk.length);
    assert.ok(Math.max(...sizes) <= 8 * 2 ** 20);
    assert.ok(Math.min(...sizes.slice(0, -1)) >= 512 * 1024);
  });
});
