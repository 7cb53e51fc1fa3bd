import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OpenFiles } from '../../src/pipeline/open-files.js';

const MIB = 2 ** 20;

describe('Rests of open files', () => {
  it('are what was put, whatever was put and taken meanwhile', () => {
    const step = fc.record({ no: fc.integer({ min: 1, max: 5 }), bytes: fc.constantFrom(0, 1, 1000, MIB, MIB + 1, 3 * MIB), take: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const files = new OpenFiles();
        const model = new Map<number, Buffer>();
        steps.forEach(({ no, bytes, take }, i) => {
          if (take) {
            const known = model.get(no);
            const taken = files.take(no, 100, 100 + (known?.length ?? 7));
            assert.deepEqual(taken, known);
            model.delete(no);
          } else {
            const rest = Buffer.alloc(bytes, i + 1);
            files.put(no, 100 + bytes, rest);
            model.delete(no);
            model.set(no, rest);
          }
        });
        // None had to make room: never more than five of 3 MiB.
        for (const [no, rest] of model) assert.ok(files.take(no, 100, 100 + rest.length)?.equals(rest));
      }),
      { numRuns: 50 },
    );
  });

  it('are nothing at another place of the file', () => {
    const files = new OpenFiles();
    for (const [start, end] of [[1, 10], [0, 9], [0, 11]] as const) {
      files.put(1, 10, Buffer.alloc(10, 1));
      assert.equal(files.take(1, start, end), undefined);
    }
  });

  it('make room for others, those that waited longest first', () => {
    const files = new OpenFiles();
    for (let no = 1; no <= 5; no++) files.put(no, 4 * MIB, Buffer.alloc(4 * MIB, no));
    assert.equal(files.take(1, 0, 4 * MIB), undefined);
    for (let no = 2; no <= 5; no++) assert.equal(files.take(no, 0, 4 * MIB)?.[4 * MIB - 1], no);
  });

  it('take no new memory each time', () => {
    const files = new OpenFiles();
    const memory = new Set<ArrayBufferLike>();
    for (let i = 0; i < 100; i++) {
      files.put(i % 3, 3 * MIB, Buffer.alloc(3 * MIB - (i % 7), i));
      memory.add(files.take(i % 3, i % 7, 3 * MIB)!.buffer);
    }
    assert.ok(memory.size <= 3, `${memory.size} buffers`);
  });
});
