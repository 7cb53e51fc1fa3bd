import { DuetError } from '@duet/core';
import type { ErrorCode } from '@duet/core';

/** Exit codes after which rsync did what it could, and said what it could not: a file that can't be read or written, one that vanished, a limit of deletions. */
export const RsyncExit = { DONE: 0, PARTIAL: 23, VANISHED: 24, MAX_DELETE: 25 } as const;

/** How an rsync ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to stderr, in lines. */
  readonly complaints: readonly string[];
}

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
}

/**
 * What the other exit codes of rsync, and of a remote shell, mean.
 *
 * @see https://download.samba.org/pub/rsync/rsync.1#EXIT_VALUES
 */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { code: 'DUET_ERR_RSYNC_OPTION', says: 'rsync does not take these options' },
  2: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the two rsyncs do not understand each other' },
  3: { code: 'DUET_ERR_RSYNC_TARGET', says: 'a folder cannot be used' },
  4: { code: 'DUET_ERR_RSYNC_OPTION', says: 'one of the rsyncs cannot do what the options ask for' },
  5: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the daemon refused' },
  6: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the daemon cannot write its log' },
  10: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'the connection failed' },
  11: { code: 'DUET_ERR_RSYNC_TARGET', says: 'a file or folder cannot be written or read' },
  12: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'the connection broke' },
  13: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'rsync met a fault of its own' },
  14: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the processes of rsync lost each other' },
  20: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'rsync was ended by a signal' },
  21: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'a process of rsync was lost' },
  22: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'rsync got no memory' },
  30: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'nothing came over the connection any more' },
  35: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'the daemon does not answer' },
  124: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the command on the host failed' },
  125: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the command on the host was killed' },
  126: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'the command on the host cannot be run' },
  127: { code: 'DUET_ERR_RSYNC_REFUSED', says: 'there is no such command on the host' },
  255: { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'the remote shell could not connect' },
};

/** Most of what rsync said that an error repeats. */
const SHOWN_LINES = 5;

/** Whether rsync came to its end, if not with everything. */
export function finished({ exitCode }: Ended): boolean {
  return Object.values<number | null>(RsyncExit).includes(exitCode);
}

/** Whether another try may end better: the connection was lost, or rsync was killed. */
export function mayBeRetried(ended: Ended): boolean {
  return meaningOf(ended).code === 'DUET_ERR_RSYNC_CONNECTION';
}

/** The error that ends a run whose rsync did not come to its end. */
export function rsyncError(operation: string, ended: Ended): DuetError {
  const { code, says } = meaningOf(ended);
  const how = ended.exitCode === null ? `signal ${ended.signal ?? 'unknown'}` : `exit code ${ended.exitCode}`;
  const said = ended.complaints.filter((line) => !line.startsWith('rsync error:')).slice(-SHOWN_LINES);
  return new DuetError(code, {
    operation,
    message: `cannot ${operation}: ${says} (${how} of rsync)`,
    ...(said.length === 0 ? {} : { cause: new Error(said.join('; ')) }),
  });
}

function meaningOf({ exitCode }: Ended): Meaning {
  if (exitCode === null) return { code: 'DUET_ERR_RSYNC_CONNECTION', says: 'rsync was ended by a signal' };
  return MEANINGS[exitCode] ?? { code: 'DUET_ERR_RSYNC_REFUSED', says: 'rsync failed' };
}
