import { resolve } from 'node:path';

/** Where a mirror goes, as rsync takes it. */
export type Target = {
  /** As an argument of rsync, with a slash at the end: the content of the source goes into it. Never begins with `-`. */
  readonly argument: string;
} & (
  | { readonly kind: 'local'; /** Absolute. */ readonly path: string }
  | { readonly kind: 'ssh'; /** `[user@]host` */ readonly host: string }
  | { readonly kind: 'daemon' }
);

/** A user or host name that no program takes for an option, and no shell for more than a word. */
const LOGIN = /^(?:[\w.][\w.+\\-]*@)?(?:[\w.][\w.-]*|\[[\da-fA-F:.]+(?:%\w+)?\])$/;
const MODULE = /^[^-/\p{Cc}][^\p{Cc}]*$/u;
const URL = /^rsync:\/\/([^/]+)\/(.+)$/s;

/**
 * Reads a target in rsync's own spelling: a folder, `[user@]host:path`,
 * `[user@]host::module/path` or `rsync://[user@]host[:port]/module/path`. What
 * has a colon before the first slash is not a folder. A string: why it is none.
 */
export function parseTarget(text: string): Target | string {
  if (text === '') return 'it is empty';
  if (text.includes('\0')) return 'it holds a NUL';
  const url = URL.exec(text);
  if (url !== null) {
    const [, login, path] = url;
    if (!LOGIN.test(login.replace(/:\d+$/, ''))) return `'${login}' is no host name`;
    return MODULE.test(path) ? { kind: 'daemon', argument: withSlash(text) } : 'it names no module of the daemon';
  }
  if (text.startsWith('rsync://')) return 'it is no rsync://host/module';
  // The colons of an IPv6 address stand in brackets.
  const [, login, colons, path] = /^((?:[^/:[\]]*@)?(?:\[[^\]/]*\]|[^/:]*))(::?)(.*)$/s.exec(text) ?? [];
  if (login === undefined) {
    const folder = resolve(text);
    return { kind: 'local', path: folder, argument: withSlash(folder) };
  }
  if (!LOGIN.test(login)) return `'${login}' is no host name; write ./${text} for a folder of that name`;
  if (colons === '::') return MODULE.test(path) ? { kind: 'daemon', argument: withSlash(text) } : 'it names no module of the daemon';
  return { kind: 'ssh', host: login, argument: path === '' ? text : withSlash(text) };
}

function withSlash(text: string): string {
  return text.endsWith('/') ? text : `${text}/`;
}
