import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromText } from '@duet/core';
import type { BytePath } from '@duet/core';
import { decodeTree, parseTime } from '../../src/repository/tree.js';
import { unquotedName } from '../../src/repository/unquoted-name.js';
import { quotedName } from '../../src/tree/go-text.js';
import { encodeNode, encodeTree } from '../../src/tree/node.js';
import type { TreeNode } from '../../src/tree/node.js';

const PLAIN = { noNullPrototype: true };
const bytePath = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1') as BytePath);
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((one) => fromText(one.toWellFormed()));
const ns = fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_214_400_000_000_000n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const node: fc.Arbitrary<TreeNode> = fc.record(
  {
    name: bytePath,
    type: fc.constantFrom('file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'),
    mode: fc.nat(2 ** 31 - 1),
    mtimeNs: ns,
    atimeNs: ns,
    ctimeNs: ns,
    uid: fc.nat(),
    gid: fc.nat(),
    user: text,
    group: text,
    inode: uint64,
    deviceId: uint64,
    size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    links: fc.integer({ min: 1 }),
    linkTarget: bytePath.filter((target) => target !== ''),
    extendedAttributes: fc.array(fc.record({ name: text, value: fc.uint8Array().map((bytes) => Buffer.from(bytes)) }, PLAIN), { maxLength: 3 }),
    device: uint64.filter((device) => device > 0n),
    content: fc.array(id, { maxLength: 3 }),
    subtree: id,
  },
  { ...PLAIN, requiredKeys: ['name', 'type', 'mode', 'mtimeNs', 'atimeNs', 'ctimeNs', 'uid', 'gid', 'user', 'group', 'inode', 'deviceId', 'extendedAttributes'] },
);

describe('lists of folders', () => {
  it('are read as they were written, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), (nodes) => {
        assert.deepEqual(decodeTree(encodeTree(nodes.map(encodeNode))), nodes);
      }),
    );
  });

  it('are not taken where they are none', () => {
    for (const bad of ['', '[]', '{"nodes":[{"type":"file"}]}', '{"nodes":[{"name":"a","type":"door"}]}', '{"nodes":[{"name":"a","type":"file","mtime":"yesterday"}]}', '{"nodes":[{"name":"a\\\\q","type":"file"}]}']) {
      assert.equal(decodeTree(Buffer.from(bad)), undefined, bad);
    }
    assert.deepEqual(decodeTree(Buffer.from('{"nodes":null}')), []);
  });

  it('keep numbers within names as they are', () => {
    const list = Buffer.from(String.raw`{"nodes":[{"name":"\\\"inode\\\":12345678901234567890,","type":"file","inode":12345678901234567890}]}`);
    assert.deepEqual([decodeTree(list)?.[0].name, decodeTree(list)?.[0].inode], ['"inode":12345678901234567890,', 12345678901234567890n]);
  });
});

describe('unquotedName', () => {
  it('undoes what quoting does, for any bytes', () => {
    fc.assert(fc.property(bytePath, (name) => assert.equal(unquotedName(quotedName(name)), name)));
  });

  it('takes all of the escapes of Go, and no others', () => {
    assert.equal(unquotedName(String.raw`\a\'\101\xff\u00e4\U0001f600`), Buffer.concat([Buffer.from('\x07\'A'), Buffer.of(0xff), Buffer.from('ä😀')]).toString('latin1'));
    for (const bad of ['\\', '\\q', '\\x1', '\\400', '\\U00110000', 'a"b']) assert.equal(unquotedName(bad), undefined, bad);
  });
});

describe('parseTime', () => {
  it('reads nanoseconds and zones', () => {
    assert.equal(parseTime('2026-01-02T03:04:05.000000001+01:00'), 1_767_319_445_000_000_001n);
    assert.equal(parseTime('1969-12-31T23:59:59.5Z'), -500_000_000n);
    assert.equal(parseTime('2026-13-02T03:04:05Z'), undefined);
    assert.equal(parseTime('now'), undefined);
  });
});
