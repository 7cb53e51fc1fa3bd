import assert from 'node:assert/strict';
import { parseEventFormat } from '../../../src/kernel/tracefs/event-format.js';
import type { FollowedFs } from '../../../src/kernel/tracefs/followed-fs.js';
import { PageEventDecoder } from '../../../src/kernel/tracefs/page-event-decoder.js';
import { RecordKind } from '../../../src/kernel/tracefs/tracepoints.js';
import { PageModel } from './page-model.js';

const COMMON = 'field:unsigned short common_type;	offset:0;	size:2;	signed:0;\n';
const ext4 = (dev: number, bdiName: string): FollowedFs => ({
  dev,
  fsType: 'ext4',
  inodes: undefined,
  flushStyle: 'ext4',
  bdiName,
  bdiShared: false,
  blockBytes: 4096,
  fsid: undefined,
});

function format(id: number, fields: Record<string, [offset: number, size: number]>): ReturnType<typeof parseEventFormat> {
  const lines = Object.entries(fields).map(([name, [offset, size]]) => `field:u64 ${name};	offset:${offset};	size:${size};	signed:0;`);
  return parseEventFormat(`test/${id}`, `ID: ${id}\n${COMMON}${lines.join('\n')}`);
}

/** Record data of 64 bytes. */
function record(id: number, fill: (bytes: Buffer) => void): Uint32Array {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt16LE(id, 0);
  fill(bytes);
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

describe('PageEventDecoder', () => {
  const decoder = new PageEventDecoder();
  let sink: PageModel;
  const told = (): string[] => sink.calls.map((one) => `${one.call} ${one.dev} ${one.ino} ${one.index}+${one.pages}`);

  before(() => {
    decoder.learn(RecordKind.ADDED, format(600, { i_ino: [16, 8], index: [24, 8], s_dev: [32, 4], order: [37, 1] }));
    decoder.learn(RecordKind.REMOVED, format(601, { i_ino: [16, 8], index: [24, 8], s_dev: [32, 4] }));
    decoder.learn(RecordKind.DIRTY, format(602, { name: [8, 32], ino: [40, 8], index: [48, 8] }));
    decoder.follow([ext4(1, '8:0'), ext4(2, '8:0'), ext4(3, '8:16')]);
  });
  beforeEach(() => {
    sink = new PageModel();
  });

  const cachePage = (id: number, ino: bigint, index: bigint, order: number): Uint32Array =>
    record(id, (bytes) => {
      bytes.writeBigUInt64LE(ino, 16);
      bytes.writeBigUInt64LE(index, 24);
      bytes.writeUInt32LE(9, 32);
      bytes[37] = order;
    });
  const dirtyPage = (name: string): Uint32Array =>
    record(602, (bytes) => {
      bytes.write(name, 8);
      bytes.writeBigUInt64LE(12n, 40);
      bytes.writeBigUInt64LE(3n, 48);
    });

  it('takes a folio’s length from its order, wherever in the record it stands', () => {
    decoder.decode(cachePage(600, 2n ** 40n, 2n ** 33n, 9), 0, 1, sink);
    assert.deepEqual(told(), [`added 9 ${2 ** 40} ${2 ** 33}+512`]);
  });

  it('takes a record without order as one page', () => {
    decoder.decode(cachePage(601, 5n, 6n, 4), 0, 1, sink);
    assert.deepEqual(told(), ['removed 9 5 6+1']);
  });

  it('drops inodes and pages that no number holds, and records that it does not know', () => {
    decoder.decode(cachePage(600, 2n ** 53n, 0n, 0), 0, 1, sink);
    decoder.decode(cachePage(600, 1n, 2n ** 60n, 0), 0, 1, sink);
    decoder.decode(cachePage(999, 1n, 1n, 0), 0, 1, sink);
    assert.deepEqual(told(), []);
  });

  it('tells DIRTY for each partition of the disk that the event names, and no other', () => {
    decoder.decode(dirtyPage('8:0'), 0, 1, sink);
    decoder.decode(dirtyPage('8:16'), 0, 1, sink);
    decoder.decode(dirtyPage('8:1'), 0, 1, sink);
    assert.deepEqual(told(), ['dirtied 1 12 3+1', 'dirtied 2 12 3+1', 'dirtied 3 12 3+1']);
  });
});
