import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const posixFadvise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');

const RANDOM = 1;
const DONTNEED = 4;

/** Drops the clean pages of a file from the page cache. Only ever called on a lab's own files. */
export function dropCached(fd: number): void {
  advise(fd, DONTNEED);
}

/** Reads of `fd` bring in nothing but what they ask for. */
export function noReadahead(fd: number): void {
  advise(fd, RANDOM);
}

function advise(fd: number, advice: number): void {
  const errno = Number(posixFadvise(fd, 0, 0, advice));
  if (errno !== 0) throw new Error(`posix_fadvise failed with errno ${errno}`);
}
