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
  DUET_ERR_REPO_MISSING: { exit: 2, meaning: 'There is no backup repository there, or none was named.', solve: 'Check the path and that its disk is mounted; `duet backup init` makes a repository.' },
  DUET_ERR_REPO_EXISTS: { exit: 2, meaning: 'The place for a new backup repository holds something already.', solve: 'Use the repository that is there, or name an empty folder.' },
  DUET_ERR_REPO_PASSWORD: { exit: 2, meaning: 'No password for the backup repository was given, or none of its keys opens with it.', solve: 'Give it by the options `passwordFile` or `passwordCommand` (`--password-file`, `--password-command` of commands), or in RESTIC_PASSWORD, RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND.' },
  DUET_ERR_REPO_VERSION: { exit: 3, meaning: 'The backup repository has a format that this version does not read, or does not write.', solve: 'Newer: use a newer version of Duet. Version 1: `restic migrate upgrade_repo_v2` makes it one of version 2.' },
  DUET_ERR_REPO_LOCKED: { exit: 3, meaning: 'Another program has locked the backup repository.', solve: 'Wait for it; `restic unlock` removes locks of programs that are gone.' },
  DUET_ERR_REPO_DAMAGED: { exit: 1, meaning: 'A file of the backup repository is damaged or missing.', solve: 'See what `duet backup verify` and `restic check --read-data` say; `restic rebuild-index` repairs indexes.' },
  DUET_ERR_REPO_FULL: { exit: 3, meaning: 'The disk with the backup repository is full.', solve: 'Make room there (`restic forget --prune`), and run again: what was checkpointed is kept.' },
  DUET_ERR_REPO_DENIED: { exit: 3, meaning: 'The backup repository may not be read or written.', solve: 'Run as its owner, or mount its disk for writing.' },
  DUET_ERR_REPO_IO: { exit: 3, meaning: 'Reading or writing the backup repository failed.', solve: 'See the cause, and the kernel log.' },
  DUET_ERR_SNAPSHOT_UNKNOWN: { exit: 2, meaning: 'No snapshot is called that, several are, or there is no such path in it.', solve: 'See `duet backup snapshots` and `duet backup ls SNAPSHOT`.' },
  DUET_ERR_RESTORE_TARGET: { exit: 3, meaning: 'The folder to restore to cannot be used.', solve: 'Make it, make room there, or run as a user who may write to it.' },
  DUET_ERR_RESTORE: { exit: 1, meaning: 'A file could not be restored as it was.', solve: 'Owners and devices need root; extended attributes a file system that has them.' },
  DUET_ERR_RSYNC_MISSING: { exit: 3, meaning: 'There is no rsync on this machine, or it is too old.', solve: 'Install rsync 3.1 or later.' },
  DUET_ERR_RSYNC_OPTION: { exit: 2, meaning: 'rsync does not take the options, here or on the host.', solve: 'See the cause, and `rsync --help` of both.' },
  DUET_ERR_RSYNC_TARGET: { exit: 3, meaning: 'The target cannot be used: a folder is missing, may not be written, or its disk is full.', solve: 'See the cause; what was mirrored is kept, and the next run goes on.' },
  DUET_ERR_RSYNC_CONNECTION: { exit: 3, meaning: 'The connection to the target could not be made, or was lost, more often than is retried.', solve: 'Run again: what was mirrored is kept. `retries` and `timeout` say how patient a run is.' },
  DUET_ERR_RSYNC_REFUSED: { exit: 3, meaning: 'The other side, or rsync itself, refused.', solve: 'See the cause: a wrong password, an unknown module, or no rsync on the host.' },
  DUET_ERR_RSYNC_FILE: { exit: 1, meaning: 'A file could not be mirrored.', solve: 'See the message; the next run tries again.' },
  DUET_ERR_RSYNC_DELETE: { exit: 1, meaning: 'More was to be deleted in the target than `maxDelete` allows.', solve: 'Look at what is to go, with `duet rsync verify`, and raise the limit if it is right.' },
  DUET_ERR_RSYNC_DIFFERS: { exit: 1, meaning: 'Source and target differ after the last pass.', solve: 'It changed meanwhile, or cannot be made there; run again.' },
  DUET_ERR_DEFRAG_UNSUPPORTED: { exit: 3, meaning: 'The file system offers no defragmentation.', solve: 'Name a path on ext4, xfs or btrfs.' },
  DUET_ERR_DEFRAG: { exit: 1, meaning: 'A file could not be moved to a better place.', solve: 'See the message and the kernel log; its content is what it was.' },
  DUET_ERR_DEFRAG_MISMATCH: { exit: 1, meaning: 'A file reads differently since it was moved, although no program wrote to it.', solve: 'Restore it from a backup, and check the disk, the memory and the kernel log.' },
  DUET_ERR_OUTPUT: { exit: 3, meaning: 'The results could not be written.', solve: 'See the cause; make room where stdout goes to.' },
  DUET_ERR_INTERNAL: { exit: 4, meaning: 'A fault of Duet itself.', solve: 'Please report it, with the message and a trace made by `duet watch --record FILE`.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
