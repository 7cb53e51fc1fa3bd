import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cipher } from '../../src/repository/cipher.js';
import { decodeHeader } from '../../src/repository/pack-header.js';
import { PackWriter, PIECE_BYTES } from '../../src/repository/pack-writer.js';
import { createTemporary, removeAbandoned } from '../../src/repository/temporary-file.js';
import { useTempFolder } from '../temp-folder.js';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

describe('PackWriter', () => {
  const folder = useTempFolder();
  const cipher = new Cipher(randomBytes(64));
  beforeEach(() => mkdirSync(join(folder.path, 'data')));

  it('writes blobs, header and its length, under the name of their SHA-256', () => {
    const contents = [1, 500_000, 3_000_000, 20, 0].map((bytes) => randomBytes(bytes));
    const writer = new PackWriter(folder.path, cipher);
    const sealed = contents.map((content, i) => {
      const text = cipher.seal(content);
      writer.add({ type: i === 3 ? 'tree' : 'data', id: sha256(content), uncompressedLength: i === 1 ? 700_000 : 0 }, text);
      return text;
    });
    assert.equal(writer.bytes, Buffer.concat(sealed).length);
    const pack = writer.finish();

    const name = Buffer.from(pack.id).toString('hex');
    assert.deepEqual(readdirSync(join(folder.path, 'data')), [name.slice(0, 2)], 'nothing temporary is left');
    const file = join(folder.path, 'data', name.slice(0, 2), name);
    const bytes = readFileSync(file);
    assert.equal(sha256(bytes).toString('hex'), name);
    assert.equal(bytes.length, pack.bytes);
    assert.equal(statSync(file).mode & 0o777, 0o400);
    for (const [i, { offset, length }] of pack.blobs.entries()) assert.deepEqual(cipher.open(bytes.subarray(offset, offset + length)), contents[i]);
    const header = bytes.subarray(bytes.length - 4 - bytes.readUInt32LE(bytes.length - 4), -4);
    assert.deepEqual(decodeHeader(cipher.open(header)!), pack.blobs);
  });

  it('is done with the memory of its piece when it was flushed', () => {
    const piece = Buffer.alloc(PIECE_BYTES);
    const first = new PackWriter(folder.path, cipher, piece);
    const [one, other] = [randomBytes(1000), randomBytes(1000)];
    first.add({ type: 'data', id: sha256(one), uncompressedLength: 0 }, one);
    first.flush();
    const second = new PackWriter(folder.path, cipher, piece);
    second.add({ type: 'data', id: sha256(other), uncompressedLength: 0 }, other);
    for (const [writer, content] of [[first, one], [second, other]] as const) {
      const pack = writer.finish();
      const name = Buffer.from(pack.id).toString('hex');
      const bytes = readFileSync(join(folder.path, 'data', name.slice(0, 2), name));
      assert.equal(sha256(bytes).toString('hex'), name);
      assert.ok(bytes.subarray(0, 1000).equals(content));
      assert.equal(bytes.length, pack.bytes);
    }
  });

  it('leaves nothing behind when aborted', () => {
    const writer = new PackWriter(folder.path, cipher);
    writer.add({ type: 'data', id: randomBytes(32), uncompressedLength: 0 }, randomBytes(2_000_000));
    assert.equal(readdirSync(join(folder.path, 'data')).length, 1);
    writer.abort();
    writer.abort();
    assert.deepEqual(readdirSync(join(folder.path, 'data')), []);
  });

  it('says what is wrong with the folder', () => {
    assert.throws(() => new PackWriter(join(folder.path, 'nothing'), cipher), { code: 'DUET_ERR_REPO_DAMAGED' });
    writeFileSync(join(folder.path, 'file'), '');
    assert.throws(() => new PackWriter(join(folder.path, 'file'), cipher), { code: 'DUET_ERR_REPO_IO' });
  });

  it('files of crashed programs are removed, those being written are not', () => {
    const data = join(folder.path, 'data');
    const [crashed, young, written] = [createTemporary(data), createTemporary(data), createTemporary(data)];
    closeSync(crashed.fd);
    closeSync(young.fd);
    for (const { path } of [crashed, written]) utimesSync(path, 1, 1);
    closeSync(openSync(join(data, 'something-else'), 'w'));
    utimesSync(join(data, 'something-else'), 1, 1);
    removeAbandoned(data, Date.now());
    assert.deepEqual(readdirSync(data).sort(), [young.path, written.path, join(data, 'something-else')].map((path) => path.slice(data.length + 1)).sort());
    closeSync(written.fd);
  });
});

describe('pack headers', () => {
  it('that are cut short, or of unknown kinds, are none', () => {
    assert.equal(decodeHeader(Buffer.alloc(36)), undefined);
    assert.equal(decodeHeader(Buffer.alloc(37, 4)), undefined);
    assert.deepEqual(decodeHeader(Buffer.alloc(0)), []);
  });
});
