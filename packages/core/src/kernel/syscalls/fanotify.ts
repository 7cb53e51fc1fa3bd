import { checked, libc } from './library.js';

/** What a group reports, and how. */
export const FanGroup = { CLOEXEC: 0x1, NONBLOCK: 0x2, REPORT_FID: 0x200, REPORT_DIR_FID: 0x400, REPORT_NAME: 0x800, REPORT_TARGET_FID: 0x1000 } as const;

/** What is marked, and how. */
export const FanMark = { ADD: 0x1, FILESYSTEM: 0x100 } as const;

/** Bits of an event's mask. */
export const FanEvent = { CREATE: 0x100, DELETE: 0x200, Q_OVERFLOW: 0x4000, RENAME: 0x1000_0000, ONDIR: 0x4000_0000 } as const;

const cInit = libc.func('int fanotify_init(unsigned int flags, unsigned int eventFlags)');
const cMark = libc.func('int fanotify_mark(int group, unsigned int flags, uint64_t mask, int dir, intptr_t path)');

/**
 * Makes a group, which events are read from. A descriptor, or negative errno:
 * -ENOSYS without fanotify, -EINVAL where the kernel does not know a flag,
 * -EPERM, -EMFILE (fs.fanotify.max_user_groups).
 *
 * @see https://man7.org/linux/man-pages/man2/fanotify_init.2.html
 */
export function fanotifyInit(flags: number): number {
  return checked(cInit(flags, 0));
}

/**
 * Marks an open folder, or the file system that it is on. 0, or negative
 * errno: -EXDEV within a btrfs subvolume other than the top level.
 *
 * @see https://man7.org/linux/man-pages/man2/fanotify_mark.2.html
 */
export function fanotifyMark(group: number, flags: number, mask: number, folder: number): number {
  return checked(cMark(group, flags, mask, folder, 0));
}
