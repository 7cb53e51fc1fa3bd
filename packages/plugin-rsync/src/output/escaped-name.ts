import type { BytePath } from '@duet/core';

/**
 * The name that rsync printed. In the C locale it writes every byte that is
 * not printable ASCII (a tab excepted), and a backslash that could be taken
 * for such an escape, as `\#` and three octal digits: so a line holds one name,
 * whatever is in it.
 */
export function unescapeName(printed: string): BytePath {
  return printed.replace(/\\#([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))) as BytePath;
}

/** The name as rsync prints it in the C locale. */
export function escapeName(name: BytePath): string {
  // oxlint-disable-next-line no-control-regex
  return name.replace(/\\(?=#\d{3})|[^\t\x20-\x7e]/g, (byte) => `\\#${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
