import assert from 'node:assert/strict';
import { checkRecordHeader, fieldOf, parseEventFormat, parseSubBufferLayout } from '../../../src/kernel/tracefs/event-format.js';

const FORMAT = `name: mm_filemap_add_to_page_cache
ID: 600
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:unsigned long i_ino;	offset:16;	size:8;	signed:0;
	field:char name[32];	offset:40;	size:32;	signed:0;
	field:loff_t range_start;	offset:72;	size:8;	signed:1;

print fmt: "dev %d:%d", REC->s_dev
`;
const HEADER_PAGE = `	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:65520;	signed:0;
`;

describe('parseEventFormat', () => {
  it('reads the number and the fields, arrays too', () => {
    const format = parseEventFormat('filemap/x', FORMAT);
    assert.equal(format.id, 600);
    assert.deepEqual(fieldOf(format, 'i_ino', 8), { offset: 16, size: 8, signed: false });
    assert.deepEqual(fieldOf(format, 'name', 32), { offset: 40, size: 32, signed: false });
    assert.equal(fieldOf(format, 'range_start', 8).signed, true);
  });

  it('refuses a format without a number, and a field that is missing or of another size', () => {
    assert.throws(() => parseEventFormat('x/y', 'nothing'), { code: 'DUET_ERR_TRACEFS' });
    const format = parseEventFormat('filemap/x', FORMAT);
    assert.throws(() => fieldOf(format, 'order', 1), { code: 'DUET_ERR_TRACEFS', message: /no field order/ });
    assert.throws(() => fieldOf(format, 'i_ino', 4), { code: 'DUET_ERR_TRACEFS', message: /8 bytes at 16/ });
  });
});

describe('parseSubBufferLayout', () => {
  it('takes the size of a sub-buffer from where its data stands', () => {
    assert.deepEqual(parseSubBufferLayout(HEADER_PAGE), { bytes: 65_536, dataOffset: 16 });
  });

  it('refuses a 32-bit kernel’s', () => {
    assert.throws(() => parseSubBufferLayout(HEADER_PAGE.replace('offset:8;	size:8', 'offset:8;	size:4')), { code: 'DUET_ERR_TRACEFS' });
  });
});

describe('checkRecordHeader', () => {
  it('refuses bits that it does not know', () => {
    const known = 'type_len    :    5 bits\ntime_delta  :   27 bits\npadding     : type == 29\ntime_extend : type == 30\n';
    checkRecordHeader(known);
    assert.throws(() => checkRecordHeader(known.replace('27', '26')), { code: 'DUET_ERR_TRACEFS' });
  });
});
