import { Open } from './descriptor.js';
import { ECHILD, EINVAL, ENOSYS } from './errno.js';
import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** Room for `posix_spawn_file_actions_t`, `posix_spawnattr_t` and `sigset_t` of any C library: at most 80, 336 and 128 bytes. */
const STRUCT_BYTES = 512;
const NOHANG = 1;
const SET_SIGNAL_DEFAULTS = 0x04;
const SET_SIGNAL_MASK = 0x08;

type Address = number;
const cPipe2 = libc.func('int pipe2(_Out_ int *ends, int flags)') as (ends: number[], flags: number) => number;
const cWaitpid = libc.func('int waitpid(int pid, _Out_ int *status, int options)') as (pid: number, status: number[], options: number) => number;
const cSpawn = libc.func('int posix_spawn(_Out_ int *pid, const char *path, intptr_t actions, intptr_t attributes, const char **arguments, const char **environment)') as (
  pid: number[],
  path: string,
  actions: Address,
  attributes: Address,
  args: readonly (string | null)[],
  env: readonly (string | null)[],
) => number;
const initActions = libc.func('int posix_spawn_file_actions_init(intptr_t actions)') as (actions: Address) => number;
const addDup2 = libc.func('int posix_spawn_file_actions_adddup2(intptr_t actions, int fd, int as)') as (actions: Address, fd: number, as: number) => number;
/** Undefined before glibc 2.29. */
const addChdir = optional('int posix_spawn_file_actions_addchdir_np(intptr_t actions, const char *path)') as ((actions: Address, path: string) => number) | undefined;
const destroyActions = libc.func('int posix_spawn_file_actions_destroy(intptr_t actions)') as (actions: Address) => number;
const initAttributes = libc.func('int posix_spawnattr_init(intptr_t attributes)') as (attributes: Address) => number;
const setFlags = libc.func('int posix_spawnattr_setflags(intptr_t attributes, short flags)') as (attributes: Address, flags: number) => number;
const setSignalDefaults = libc.func('int posix_spawnattr_setsigdefault(intptr_t attributes, intptr_t signals)') as (attributes: Address, signals: Address) => number;
const setSignalMask = libc.func('int posix_spawnattr_setsigmask(intptr_t attributes, intptr_t signals)') as (attributes: Address, signals: Address) => number;
const destroyAttributes = libc.func('int posix_spawnattr_destroy(intptr_t attributes)') as (attributes: Address) => number;
const fillSignals = libc.func('int sigfillset(intptr_t signals)') as (signals: Address) => number;
const emptySignals = libc.func('int sigemptyset(intptr_t signals)') as (signals: Address) => number;

function optional(prototype: string): unknown {
  try {
    return libc.func(prototype);
  } catch {
    return undefined;
  }
}

/** A pipe whose ends no program inherits by itself: [to read from, to write to]; or negative errno. */
export function openPipe(): readonly [number, number] | number {
  const ends = [0, 0];
  const failed = checked(cPipe2(ends, Open.CLOEXEC));
  return failed < 0 ? failed : [ends[0], ends[1]];
}

/** What is to be run, and how. */
export interface Spawn {
  /** Path of the program; PATH is not searched. */
  readonly path: string;
  /** Its own name first. */
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** Descriptors that become its input, output and errors. */
  readonly stdio: readonly [number, number, number];
}

/**
 * Starts a program without a copy of this process in between: that copy, which
 * `fork` makes and Node's `child_process` with it, takes longer the more memory
 * there is, and each page that is written to afterwards faults once. All its
 * signals are as by default. The calling thread is its parent, and waits until
 * the program is loaded. Its process id, to be reaped with `reap`; or negative
 * errno (-ENOENT: there is no such program, or folder; -EACCES; -EINVAL: a NUL in a
 * word; -ENOSYS: glibc before 2.29).
 *
 * @see https://man7.org/linux/man-pages/man3/posix_spawn.3.html
 */
export function spawnProgram({ path, args, env, cwd, stdio }: Spawn): number {
  if (addChdir === undefined) return -ENOSYS;
  // It would end the word there.
  if ([path, cwd, ...args, ...env].some((word) => word.includes('\0'))) return -EINVAL;
  const actions = new NativeBuffer(STRUCT_BYTES);
  const attributes = new NativeBuffer(STRUCT_BYTES);
  const signals = new NativeBuffer(STRUCT_BYTES);
  let failed = initActions(actions.address);
  if (failed !== 0) return -failed;
  failed = initAttributes(attributes.address);
  if (failed !== 0) {
    destroyActions(actions.address);
    return -failed;
  }
  try {
    fillSignals(signals.address);
    setSignalDefaults(attributes.address, signals.address);
    emptySignals(signals.address);
    setSignalMask(attributes.address, signals.address);
    setFlags(attributes.address, SET_SIGNAL_DEFAULTS | SET_SIGNAL_MASK);
    for (const [as, fd] of stdio.entries()) failed ||= addDup2(actions.address, fd, as);
    failed ||= addChdir(actions.address, cwd);
    if (failed !== 0) return -failed;
    const pid = [0];
    // The call returns the error itself.
    failed = cSpawn(pid, path, actions.address, attributes.address, [...args, null], [...env, null]);
    return failed === 0 ? pid[0] : -failed;
  } finally {
    destroyAttributes(attributes.address);
    destroyActions(actions.address);
  }
}

/** How a program ended: its exit code, or the number of the signal that ended it. */
export type ProgramEnd = { readonly exitCode: number } | { readonly signal: number };

/**
 * How a program started by `spawnProgram` ended, once; its process id is free
 * from then on. Undefined while it runs.
 *
 * @throws what has no child of that id: it was reaped before
 */
export function reap(pid: number): ProgramEnd | undefined {
  const status = [0];
  const result = checked(cWaitpid(pid, status, NOHANG));
  if (result === 0) return undefined;
  if (result < 0) throw new RangeError(result === -ECHILD ? `${pid} is no child of this process` : `waitpid: ${-result}`);
  const signal = status[0] & 0x7f;
  return signal === 0 ? { exitCode: (status[0] >> 8) & 0xff } : { signal };
}
