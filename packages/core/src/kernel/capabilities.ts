import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { PAGE_BYTES } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { NAME_GROUP } from './names/name-group.js';
import { cachestatExists } from './probe/index.js';
import { openat2Exists } from './read/open-beneath.js';
import { close, CString, EPERM, errnoName, fanotifyInit, FileHandle, isAdmin, mapFile, mincore, NativeBuffer, Open, openat, pageBytes, unmap, AT_FDCWD } from './syscalls/index.js';

const cString = new CString();
const residentPage = new NativeBuffer(16);

/** One thing that Duet uses where it is there, and what its absence means. */
export interface Capability {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do about it, or what is done without; '' where it is there. */
  readonly hint: string;
}

/** File systems that Duet knows how to watch and to read past their cache. */
const FS_TYPES: readonly { readonly name: string; readonly directRead: string }[] = [
  { name: 'ext4', directRead: 'O_DIRECT' },
  { name: 'xfs', directRead: 'O_DIRECT' },
  { name: 'btrfs', directRead: 'encoded read, by root' },
];

/** What this machine offers to this user, beside the sources of page events. */
export function kernelCapabilities(): Capability[] {
  const root = process.geteuid?.() === 0;
  const admin = isAdmin();
  return [
    capability('kernel', true, release()),
    capability('page size', pageBytes() === PAGE_BYTES, `${pageBytes()} bytes`, `Duet needs a kernel with pages of ${PAGE_BYTES} bytes`),
    capability('root', root, root ? 'yes' : `no, user ${process.geteuid?.()}`, 'without root only files of your own are watched, by sweeps'),
    capability('administrator', admin, admin ? 'yes' : 'no CAP_SYS_ADMIN, or not for the whole system', 'neither page events nor btrfs’s encoded read: cached files on btrfs cannot be tested on the disk'),
    capability('openat2', openat2Exists, openat2Exists ? 'there' : 'missing', 'Linux 5.6 or later; names are looked up one by one instead'),
    cachestat(),
    mincoreWorks(),
    openByHandle(),
    followNames(admin),
    ...FS_TYPES.map(fileSystem),
  ];
}

function capability(name: string, ok: boolean, detail: string, hint = ''): Capability {
  return { name, ok, detail, hint: ok ? '' : hint };
}

function cachestat(): Capability {
  const there = cachestatExists();
  return capability('cachestat', there, there ? 'there' : 'missing', 'Linux 6.5 or later; mincore is used instead, and does not tell dirty pages');
}

function mincoreWorks(): Capability {
  const fd = openat(AT_FDCWD, cString.put('/proc/self/exe' as BytePath), Open.RDONLY | Open.CLOEXEC);
  const address = fd < 0 ? fd : mapFile(fd, 0, PAGE_BYTES);
  const answer = address < 0 ? address : mincore(address, PAGE_BYTES, residentPage.address);
  if (address >= 0) unmap(address, PAGE_BYTES);
  if (fd >= 0) close(fd);
  return capability('mincore', answer === 0, answer === 0 ? 'there' : 'refused', 'a sandbox forbids it; which pages of a file are cached is not known');
}

function openByHandle(): Capability {
  const handle = new FileHandle();
  const fd = openat(AT_FDCWD, cString.put('/' as BytePath), Open.RDONLY | Open.DIRECTORY | Open.CLOEXEC);
  const taken = fd < 0 ? fd : handle.read(fd);
  const opened = taken < 0 ? taken : handle.open(fd, Open.RDONLY | Open.CLOEXEC);
  if (opened >= 0) close(opened);
  if (fd >= 0) close(fd);
  const why = opened === -EPERM ? 'root only' : 'not on the root file system';
  return capability('open by handle', opened >= 0, opened >= 0 ? 'there' : why, 'files are found by the names that the walk met');
}

/** Anybody may make a group; only an administrator may mark whole file systems. */
function followNames(admin: boolean): Capability {
  const group = fanotifyInit(NAME_GROUP);
  if (group >= 0) close(group);
  const why = group >= 0 ? 'no CAP_SYS_ADMIN' : `refused: ${errnoName(group)}`;
  return capability('follow names', group >= 0 && admin, group >= 0 && admin ? 'there' : why, 'Linux 5.17 or later, as root; new and renamed files are found by scans and by handle instead');
}

function fileSystem({ name, directRead }: (typeof FS_TYPES)[number]): Capability {
  const there = readFileSync('/proc/filesystems', 'latin1')
    .split('\n')
    .some((line) => line.split('\t')[1] === name);
  return capability(name, there, there ? `there; read past the cache by ${directRead}` : 'not in this kernel, or its module is not loaded', `modprobe ${name}, if you have such file systems`);
}
