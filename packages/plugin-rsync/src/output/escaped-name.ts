import type { BytePath } from '@duet/core';

/**
 * The name that rsync printed. In the C locale it writes control characters
 * (a tab excepted), bytes that are not ASCII, and a backslash that could be
 * taken for such an escape, as `\#` and three octal digits: so a line holds one
 * name, whatever is in it.
 */
export function unescapeName(printed: string): BytePath {
  return printed.replace(/\\#([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))) as BytePath;
}
