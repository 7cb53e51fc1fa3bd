import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBytes, fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { decodeTree, parseTime } from '../../src/repository/tree.js';
import { goMode, nodeType } from '../../src/tree/file-mode.js';
import { jsonOfBytes, quotedName } from '../../src/tree/go-text.js';
import { goTime } from '../../src/tree/go-time.js';
import { encodeNode, encodeTree } from '../../src/tree/node.js';
import { nodeOf } from '../made-repository.js';

const bytePath = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => fromBytes(bytes));
const textPath = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => fromText(text.toWellFormed()));

describe('a node', () => {
  it('is read back as it was written, whatever bytes its names have', () => {
    fc.assert(
      fc.property(fc.oneof(bytePath, textPath), fc.oneof(bytePath, textPath), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), (name, linkTarget, inode, mtimeNs) => {
        const node = { ...nodeOf('', 'symlink'), name, linkTarget, inode, mtimeNs, links: 2 };
        const [read] = decodeTree(encodeTree([encodeNode(node)])) ?? [];
        assert.deepEqual({ ...read, mtimeNs: read.mtimeNs, name: read.name }, node);
      }),
    );
  });

  it('spells names as Go quotes them', () => {
    // Of strconv.Quote, without the quotes around it.
    const cases: readonly [Buffer | string, string][] = [
      ['plain name', 'plain name'],
      ['a"b\\c', 'a\\"b\\\\c'],
      ['\x07\b\f\n\r\t\v', '\\a\\b\\f\\n\\r\\t\\v'],
      ['\x00\x1f\x7f', '\\x00\\x1f\\x7f'],
      ['ümläut 😀', 'ümläut 😀'],
      ['\u00a0\u200b\u2028', '\\u00a0\\u200b\\u2028'],
      ['\ufffd', '\ufffd'],
      ['\u{e0001}', '\\U000e0001'],
      [Buffer.from([0xff, 0x61, 0xc3]), '\\xffa\\xc3'],
      [Buffer.from([0xed, 0xa0, 0x80]), '\\xed\\xa0\\x80'],
      [Buffer.from([0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80]), '\\xc0\\xaf\\xf4\\x90\\x80\\x80'],
    ];
    for (const [name, quoted] of cases) assert.equal(quotedName(fromBytes(Buffer.from(name as string))), quoted);
  });

  it('spells JSON as Go does', () => {
    assert.equal(jsonOfBytes(fromText('<a & b>\u2028"\\\n\b')), '"\\u003ca \\u0026 b\\u003e\\u2028\\"\\\\\\n\\u0008"');
    assert.equal(jsonOfBytes(fromBytes(Buffer.from([0x61, 0xff, 0x62]))), '"a\\ufffdb"');
    fc.assert(fc.property(textPath, (text: BytePath) => assert.equal(JSON.parse(jsonOfBytes(text)), Buffer.from(text, 'latin1').toString())));
  });

  it('has times without trailing zeros, and the zone with a colon', () => {
    assert.equal(parseTime(goTime(1_234_567_890_120_000_000n)), 1_234_567_890_120_000_000n);
    assert.match(goTime(1_234_567_890_120_000_000n), /^2009-02-1[34]T\d\d:\d\d:30\.12(Z|[+-]\d\d:\d\d)$/);
    assert.match(goTime(0n), /T\d\d:\d\d:00(Z|[+-]\d\d:\d\d)$/);
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 20n }), (ns) => assert.equal(parseTime(goTime(ns)), ns)));
  });

  it('has times of the zone that the process is in, as they were in it at the time', () => {
    const zone = process.env['TZ'];
    try {
      for (const [name, ns, text] of [
        ['Asia/Kolkata', 1_700_000_001_000_000_000n, '2023-11-15T03:43:21+05:30'],
        ['America/New_York', 1_700_000_002_000_000_000n, '2023-11-14T17:13:22-05:00'],
        ['America/New_York', 1_690_000_003_500_000_000n, '2023-07-22T00:26:43.5-04:00'],
        ['UTC', -1_000_000_000n, '1969-12-31T23:59:59Z'],
        ['UTC', -1n, '1969-12-31T23:59:59.999999999Z'],
      ] as const) {
        process.env['TZ'] = name;
        assert.equal(goTime(ns), text);
        // Neighbours of a second are remembered: another one in between.
        goTime(0n);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it("has Go's bits for modes", () => {
    for (const [unix, go, type] of [
      [0o100644, 0o644, 'file'],
      [0o104755, 0o755 + 2 ** 23, 'file'],
      [0o042755, 0o755 + 2 ** 22 + 2 ** 31, 'dir'],
      [0o041777, 0o777 + 2 ** 20 + 2 ** 31, 'dir'],
      [0o120777, 0o777 + 2 ** 27, 'symlink'],
      [0o060660, 0o660 + 2 ** 26, 'dev'],
      [0o020600, 0o600 + 2 ** 26 + 2 ** 21, 'chardev'],
      [0o010600, 0o600 + 2 ** 25, 'fifo'],
      [0o140755, 0o755 + 2 ** 24, 'socket'],
    ] as const) {
      assert.equal(goMode(unix), go);
      assert.equal(nodeType(unix), type);
    }
    assert.equal(nodeType(0), undefined);
  });
});
