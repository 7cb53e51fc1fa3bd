import { isUtf8, toDisplay } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';

/** C0 and C1 controls, DEL, line separators, and marks that turn the direction of writing: none may reach a terminal from a file name. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex
const UNSAFE_BYTE = /[\x00-\x1f\x7f-\xff]/g;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' };

/** `text` with everything a terminal could act upon shown as an escape (`\n`, `\e`, `\x07`, `\u202e`), on one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** `path` for people, on one line: controls and bytes that are not UTF-8 come as escapes (`\xff`). */
export function printablePath(path: BytePath): string {
  return isUtf8(path) ? printable(toDisplay(path)) : path.replace(UNSAFE_BYTE, escapeOf);
}

function escapeOf(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
