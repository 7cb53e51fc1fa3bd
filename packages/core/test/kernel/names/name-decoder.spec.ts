import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeNames } from '../../../src/kernel/names/name-decoder.js';
import type { DecodedName } from '../../../src/kernel/names/name-decoder.js';
import { FanEvent, NativeBuffer } from '../../../src/kernel/syscalls/index.js';

const DEV = 7;
const target = [12, 77];
const folder = [2, 0];

/** A record with a handle of `words`; `name` follows it. */
function record(kind: number, type: number, words: readonly number[], name?: string): Buffer {
  const handle = Buffer.from(Uint32Array.from(words).buffer);
  const named = name === undefined ? Buffer.alloc(0) : Buffer.from(`${name}\0`, 'latin1');
  const head = Buffer.alloc(20);
  const bytes = Math.ceil((head.length + handle.length + named.length) / 4) * 4;
  head[0] = kind;
  head.writeUInt16LE(bytes, 2);
  head.writeUInt32LE(handle.length, 12);
  head.writeInt32LE(type, 16);
  return Buffer.concat([head, handle, named], bytes);
}

function event(mask: number, ...records: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  const body = Buffer.concat(records);
  head.writeUInt32LE(head.length + body.length, 0);
  head.writeUInt32LE(mask, 8);
  return Buffer.concat([head, body]);
}

function decode(bytes: Uint8Array): DecodedName[] {
  const memory = new NativeBuffer(bytes.length);
  memory.bytes.set(bytes);
  const found: DecodedName[] = [];
  decodeNames(memory, bytes.length, DEV, (one) => found.push(one));
  return found;
}

const made = event(FanEvent.CREATE, record(2, 1, folder, 'a\n\xff'), record(1, 1, target));
const renamed = event(FanEvent.RENAME | FanEvent.ONDIR, record(10, 1, folder, 'old'), record(12, 1, [3, 9], 'new'), record(1, 1, target));

describe('decodeNames', () => {
  const about = { dev: DEV, isFolder: false, target: { ino: 12, gen: 77, subvolume: 0 } };
  const root = { ino: 2, gen: 0, subvolume: 0 };

  it('reads names made, removed, both, and renames', () => {
    const entry = { folder: root, name: 'a\n\xff' };
    const withMask = (mask: number): Buffer => event(mask, record(2, 1, folder, 'a\n\xff'), record(1, 1, target));
    assert.deepEqual(decode(Buffer.concat([made, withMask(FanEvent.DELETE), withMask(FanEvent.CREATE | FanEvent.DELETE), renamed])), [
      { ...about, to: entry },
      { ...about, from: entry },
      { ...about, to: entry, unsure: true },
      { ...about, isFolder: true, from: { folder: root, name: 'old' }, to: { folder: { ino: 3, gen: 9, subvolume: 0 }, name: 'new' } },
    ]);
  });

  it('reads the handles of xfs and btrfs', () => {
    const inXfs = event(FanEvent.CREATE, record(2, 0x81, [128, 1, 0], 'x'), record(1, 0x81, [131, 2, 55]));
    const inBtrfs = event(FanEvent.DELETE, record(2, 0x4d, [256, 0, 257, 1, 0], 'b'), record(1, 0x4d, [260, 0, 257, 1, 8]));
    const subvolume = 257 + 2 ** 32;
    assert.deepEqual(decode(Buffer.concat([inXfs, inBtrfs])), [
      { dev: DEV, isFolder: false, target: { ino: 131 + 2 ** 33, gen: 55, subvolume: 0 }, to: { folder: { ino: 128 + 2 ** 32, gen: 0, subvolume: 0 }, name: 'x' } },
      { dev: DEV, isFolder: false, target: { ino: 260, gen: 8, subvolume }, from: { folder: { ino: 256, gen: 0, subvolume }, name: 'b' } },
    ]);
  });

  it('says what is lost: by the kernel, without a target, without a name, with an unknown handle', () => {
    const events = [
      event(FanEvent.Q_OVERFLOW),
      event(FanEvent.CREATE, record(2, 1, folder, 'a')),
      event(FanEvent.CREATE, record(1, 1, target)),
      event(FanEvent.RENAME, record(10, 1, folder, 'old'), record(1, 1, target)),
      event(FanEvent.CREATE, record(2, 0x71, folder, 'a'), record(1, 0x71, target)),
    ];
    assert.deepEqual(decode(Buffer.concat([...events, made])), [...events.map(() => 'lost'), decode(made)[0]]);
  });

  it('leaves records alone that it does not know', () => {
    const more = event(FanEvent.CREATE, record(4, 0, []), record(2, 1, folder, 'a\n\xff'), record(1, 1, target));
    assert.deepEqual(decode(more), decode(made));
  });

  it('says that a text which breaks off is lost', () => {
    for (let length = 1; length < renamed.length; length++) assert.deepEqual(decode(renamed.subarray(0, length)), ['lost']);
  });

  it('neither throws nor reads on where lengths are damaged', () => {
    const whole = Buffer.concat([made, renamed]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), (damage) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of damage) bytes[at] = byte;
        for (const one of decode(bytes)) {
          if (one === 'lost') continue;
          for (const name of [one.from?.name, one.to?.name]) assert.ok(name === undefined || (name.length > 0 && !name.includes('\0')));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
