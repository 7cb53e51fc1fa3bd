import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, closeSync, constants, ftruncateSync, linkSync, lutimesSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, toBytes } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { Open } from '@duet/core/kernel/syscalls';
import { changeTimes, makeNode, setAttribute } from '@duet/core/kernel/write';

/** An ACL that lets user 1234 read, as the kernel keeps it: version 2, then tag, permissions and number of each entry. */
const ACL = Buffer.from('02000000 01000600ffffffff 02000400d2040000 04000400ffffffff 10000400ffffffff 20000000ffffffff'.replaceAll(' ', ''), 'hex');
const MTIME_NS = 1_500_000_000_123_456_789n;

/**
 * Fills a folder with an entry of every kind that a backup has to bring back.
 * As root with devices, owners and privileged attributes; without, with what a
 * user may make. Attributes of symbolic links are not among them: restic 0.14
 * does not take them.
 */
export function makeEveryKind(folder: string): void {
  const isRoot = process.geteuid?.() === 0;
  const at = (name: string): string => join(folder, name);
  const dir = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    writeFileSync(at('empty'), '');
    writeFileSync(at('text'), 'some text\n'.repeat(100_000));
    writeFileSync(at('random'), randomBytes(3 * 1024 * 1024 + 17));
    makeSparse(at('sparse'));
    for (const name of ['quote"backslash\\', 'new\nline', ' spaces ', 'ümläut 😀', '-rf', '<&>', '\u2028', '\x01\x7f', "tick'", '*?[a]']) writeFileSync(at(name), name);
    for (const bytes of ['fffe6e6f7420757466', 'c328', 'eda080']) writeFileSync(inFolder(folder, Buffer.from(bytes, 'hex')), bytes);
    mkdirSync(at('empty folder'));
    mkdirSync(at('deep/er/and/deeper'), { recursive: true });
    writeFileSync(at('deep/er/and/deeper/file'), 'deep');
    writeFileSync(at('linked'), 'three names');
    for (const name of ['linked too', 'deep/linked']) linkSync(at('linked'), at(name));
    symlinkSync('text', at('symlink'));
    symlinkSync('/nowhere/at all', at('dangling'));
    linkSync(at('symlink'), at('symlink with two names'));
    makeNode(dir, name('fifo'), constants.S_IFIFO | 0o640, 0n);
    makeModes(folder);
    makeAttributes(folder, isRoot);
    if (isRoot) makePrivileged(folder, dir);
    for (const [entry, ns] of [['text', MTIME_NS], ['symlink', 1n], ['fifo', -1_000_000_001n], ['deep', MTIME_NS + 1n], ['empty', 4_000_000_000_000_000_000n]] as const) changeTimes(dir, name(entry), ns, ns);
    lutimesSync(at('dangling'), 100, 200);
  } finally {
    closeSync(dir);
  }
}

function makeSparse(path: string): void {
  const fd = openSync(path, 'w');
  writeSync(fd, 'begin', 0);
  writeSync(fd, randomBytes(5000), 0, 5000, 3 * 1024 * 1024 + 123);
  ftruncateSync(fd, 20 * 1024 * 1024 + 1);
  closeSync(fd);
}

function makeModes(folder: string): void {
  for (const mode of [0o000, 0o400, 0o777, 0o4755, 0o2755, 0o1777, 0o7777]) {
    const text = mode.toString(8).padStart(4, '0');
    writeFileSync(join(folder, `mode ${text}`), text);
    chmodSync(join(folder, `mode ${text}`), mode);
    if ((mode & 0o500) !== 0o500) continue;
    mkdirSync(join(folder, `folder ${text}`));
    chmodSync(join(folder, `folder ${text}`), mode);
  }
}

function makeAttributes(folder: string, isRoot: boolean): void {
  writeFileSync(join(folder, 'attributes'), 'x');
  mkdirSync(join(folder, 'folder with attributes'));
  setOn(join(folder, 'attributes'), [['user.text', 'ümläut'], ['user.empty', ''], ['user.bytes', Buffer.from([0, 255, 10])], ['system.posix_acl_access', ACL]]);
  setOn(join(folder, 'folder with attributes'), [['user.x', 'y'], ['system.posix_acl_default', ACL]]);
  if (!isRoot) return;
  writeFileSync(join(folder, 'capable'), '');
  chownSync(join(folder, 'capable'), 1, 1);
  // cap_net_raw=ep, as setcap writes it.
  setOn(join(folder, 'capable'), [['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')], ['trusted.duet', 'root']]);
}

function makePrivileged(folder: string, dir: number): void {
  makeNode(dir, name('chardev'), constants.S_IFCHR | 0o600, 0x103n);
  makeNode(dir, name('blockdev'), constants.S_IFBLK | 0o660, 0x70fn);
  makeNode(dir, name('large device'), constants.S_IFCHR | 0o600, 0xfff_fff0_ff12n & 0xffff_ffffn);
  writeFileSync(join(folder, 'owned'), 'by 1234');
  chownSync(join(folder, 'owned'), 1234, 54_321);
  chmodSync(join(folder, 'owned'), 0o6711);
  mkdirSync(join(folder, 'owned folder'));
  chownSync(join(folder, 'owned folder'), 1, 2);
}

function setOn(path: string, attributes: readonly (readonly [string, string | Buffer])[]): void {
  const fd = openSync(path, Open.PATH | Open.NOFOLLOW);
  for (const [attribute, value] of attributes) {
    const failed = setAttribute(fd, name(attribute), Buffer.from(value as string));
    if (failed < 0) throw new Error(`cannot set ${attribute} of ${path}: errno ${-failed}`);
  }
  closeSync(fd);
}

function inFolder(folder: string, entry: Buffer): Buffer {
  return Buffer.concat([toBytes(fromText(`${folder}/`)), entry]);
}

function name(text: string): BytePath {
  return fromText(text);
}
