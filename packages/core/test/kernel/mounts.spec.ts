import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMountInfo } from '../../src/kernel/mounts.js';

const text = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
40 27 0:39 /sub /mnt/a\040b\011c\012d\134e rw - btrfs /dev/loop0 ro,subvol=/sub
41 27 7:0 / /mnt/a rw - xfs /dev/loop1
42 27 7:1 / /mnt/a ro - xfs /dev/loop2 rw
nonsense
`;

describe('parseMountInfo', () => {
  const mounts = parseMountInfo(Buffer.from(text));

  it('reads every line that makes sense', () => {
    assert.deepEqual(
      mounts.map((mount) => [mount.id, mount.parent, mount.fsType, mount.readOnly]),
      [
        [22, 27, 'proc', false],
        [27, 1, 'ext4', false],
        [40, 27, 'btrfs', true],
        [41, 27, 'xfs', false],
        [42, 27, 'xfs', true],
      ],
    );
  });

  it('has the options of the file systems', () => {
    assert.deepEqual(mounts.map(({ fsOptions }) => fsOptions), ['rw', 'rw,discard', 'ro,subvol=/sub', '', 'rw']);
  });

  it('has device numbers in the kernel encoding', () => {
    assert.equal(mounts[1].dev, 254 << 20);
    assert.equal(mounts[2].dev, 39);
  });

  it('undoes the octal escapes', () => {
    assert.equal(mounts[2].mountPoint, '/mnt/a b\tc\nd\\e');
    assert.equal(mounts[2].root, '/sub');
  });

  it('keeps bytes that are not UTF-8', () => {
    const line = Buffer.concat([Buffer.from('1 0 7:0 / /mnt/'), Buffer.from([0xff, 0xc3]), Buffer.from(' rw - ext4 /dev/loop0 rw\n')]);
    assert.equal(parseMountInfo(line)[0].mountPoint, '/mnt/\xff\xc3');
  });

  it('brings back any name that the kernel escapes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const name = Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 47)).toString('latin1');
        const escaped = name.replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
        const [mount] = parseMountInfo(Buffer.from(`1 0 7:0 / /${escaped} rw - ext4 /dev/x rw\n`, 'latin1'));
        assert.equal(mount.mountPoint, `/${name}`);
      }),
    );
  });
});
