/** Exit codes of the `duet` command. */
export const ExitCode = {
  DONE: 0,
  PROBLEMS: 1,
  USAGE: 2,
  CANNOT_RUN: 3,
  FAULT: 4,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

interface ErrorCodeEntry {
  /** What the `duet` command exits with when this error ends it. */
  readonly exit: number;
  readonly meaning: string;
  readonly solve: string;
}

/** Every error that Duet raises; `docs/errors.md` shows the same table, and a test holds the two together. */
export const ERROR_CODES = {
  DUET_ERR_USAGE: { exit: 2, meaning: 'The command line or the options of a call are not usable.', solve: 'See the message, and `duet COMMAND --help`.' },
  DUET_ERR_EVENT_MASK: { exit: 2, meaning: 'The event mask is empty, unknown or contradicts itself.', solve: 'Do not mix a state with the events that make it up: exists with added/removed, modified with dirty/flushed.' },
  DUET_ERR_PATH_MISSING: { exit: 2, meaning: 'The path does not exist.', solve: 'Check the spelling, and that the file system is mounted.' },
  DUET_ERR_PATH_DENIED: { exit: 2, meaning: 'The path may not be read.', solve: 'Run as a user who may read it.' },
  DUET_ERR_TASK_UNKNOWN: { exit: 2, meaning: 'No plugin of that name is registered, or no task of that name is known.', solve: 'See `duet run --help` for the plugins; add your own with `--plugin MODULE`.' },
  DUET_ERR_PLUGIN_DUPLICATE: { exit: 2, meaning: 'Two plugins have the same name.', solve: 'Rename one, or register it once.' },
  DUET_ERR_PLUGIN_VERSION: { exit: 2, meaning: 'The plugin asks for another version of @duet/core.', solve: 'Install a version of the plugin that fits.' },
  DUET_ERR_PLUGIN_OPTION: { exit: 2, meaning: 'A plugin option is unknown or its value is not usable.', solve: 'The message lists the options that the plugin has.' },
  DUET_ERR_PLUGIN_LOAD: { exit: 2, meaning: 'The module named with --plugin could not be loaded or exports no plugin.', solve: 'Export what `definePlugin` returns as the default export.' },
  DUET_ERR_PLUGIN_HOOK: { exit: 4, meaning: 'A hook of a plugin failed.', solve: 'See the cause; report it to the plugin’s author.' },
  DUET_ERR_PLUGIN_TIMEOUT: { exit: 4, meaning: 'A hook of a plugin did not settle in time.', solve: 'Report it to the plugin’s author; raise the task’s time-out if the work takes that long.' },
  DUET_ERR_TASKS_MAX: { exit: 2, meaning: 'More tasks are registered than the maximum.', solve: 'Close a session, or raise `maxTasks` (at most 8).' },
  DUET_ERR_TASK_RUNNING: { exit: 2, meaning: 'The same task runs on the same path already.', solve: 'Wait for it, or stop it; the message names its process.' },
  DUET_ERR_SESSION_CLOSED: { exit: 4, meaning: 'The session was closed.', solve: 'Register anew.' },
  DUET_ERR_MOUNT_GONE: { exit: 3, meaning: 'The mount that the session’s path is on went away, or one below it.', solve: 'Mount it again, and run again: the work done is kept.' },
  DUET_ERR_SOURCE_UNAVAILABLE: { exit: 3, meaning: 'The source of page events that was asked for cannot be used here.', solve: 'See `duet doctor`; `--source auto` takes the best one there is.' },
  DUET_ERR_TRACEFS: { exit: 3, meaning: 'The kernel’s tracing interface refused an operation.', solve: 'Needs root and a kernel with tracepoints; see `duet doctor`.' },
  DUET_ERR_SYSCALL: { exit: 3, meaning: 'A system call failed.', solve: 'See the cause.' },
  DUET_ERR_CACHESTAT_DENIED: { exit: 3, meaning: 'The kernel does not tell the cache state of this file to this user.', solve: 'Own the file, have write access to it, or run as root.' },
  DUET_ERR_PAGE_SIZE: { exit: 3, meaning: 'The kernel’s pages are not 4096 bytes.', solve: 'Duet runs on kernels with 4 KiB pages.' },
  DUET_ERR_READ: { exit: 1, meaning: 'A file could not be read.', solve: 'EACCES: run as a user who may. EIO: the disk or the file system reports damage; restore the file from a backup.' },
  DUET_ERR_VANISHED: { exit: 1, meaning: 'A file was gone, or another one, when its turn came.', solve: 'Nothing to do: it was deleted or replaced during the run.' },
  DUET_ERR_CHANGING: { exit: 1, meaning: 'A file changed every time it was processed.', solve: 'The next cycle tries again; exclude files that never hold still.' },
  DUET_ERR_STATE_OPEN: { exit: 3, meaning: 'The state database cannot be opened or created.', solve: 'Check the folder and its permissions, or name another with --state.' },
  DUET_ERR_STATE_FULL: { exit: 3, meaning: 'The disk with the state database is full.', solve: 'Make room, or name another folder with --state; what was checkpointed is kept.' },
  DUET_ERR_STATE_CORRUPT: { exit: 3, meaning: 'The state database is damaged.', solve: 'It was set aside, never deleted; the next run starts a new one.' },
  DUET_ERR_STATE_NEWER: { exit: 3, meaning: 'The state database was written by a newer version of Duet.', solve: 'Use that version, or name another folder with --state.' },
  DUET_ERR_STATE_WRITE: { exit: 4, meaning: 'Writing the state database failed.', solve: 'See the cause.' },
  DUET_ERR_TRACE_FORMAT: { exit: 2, meaning: 'The recorded trace is not one, or from a newer version.', solve: 'Record it anew with `duet watch --record FILE`.' },
  DUET_ERR_SCRUB_MISMATCH: { exit: 1, meaning: 'A file that nobody changed has other content than was recorded.', solve: 'Restore it from a backup, or run `duet scrub accept PATH` if the content is right.' },
  DUET_ERR_SCRUB_RECORD: { exit: 2, meaning: 'There is no record of the file, or a line of a checksum list is not usable.', solve: 'Check the path; lists are lines as sha256sum prints them.' },
  DUET_ERR_DEFRAG_UNSUPPORTED: { exit: 3, meaning: 'The file system offers no defragmentation.', solve: 'Name a path on ext4, xfs or btrfs.' },
  DUET_ERR_DEFRAG: { exit: 1, meaning: 'A file could not be moved to a better place.', solve: 'See the message and the kernel log; its content is what it was.' },
  DUET_ERR_DEFRAG_MISMATCH: { exit: 1, meaning: 'A file reads differently since it was moved, although no program wrote to it.', solve: 'Restore it from a backup, and check the disk, the memory and the kernel log.' },
  DUET_ERR_OUTPUT: { exit: 3, meaning: 'The results could not be written.', solve: 'See the cause; make room where stdout goes to.' },
  DUET_ERR_INTERNAL: { exit: 4, meaning: 'A fault of Duet itself.', solve: 'Please report it, with the message and a trace made by `duet watch --record FILE`.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
