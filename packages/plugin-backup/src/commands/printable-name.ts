import { fromText, isUtf8, toBytes, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { quotedName } from '../tree/go-text.js';

/** A path out of a repository for people: nothing in it that a terminal acts upon; bytes that are not UTF-8 as `\xff`. */
export function printableName(path: BytePath): string {
  const quoted = quotedName(path);
  // Quotes and backslashes are harmless by themselves.
  return quoted.replaceAll('\\"', '"');
}

/** The same for text out of a repository. */
export function printableText(text: string): string {
  return printableName(fromText(text));
}

/** A path in JSON: as text, and as base64 too where it is not UTF-8. */
export function pathFields(path: BytePath): { readonly path: string; readonly pathBytes?: string } {
  return isUtf8(path) ? { path: toDisplay(path) } : { path: toDisplay(path), pathBytes: toBytes(path).toString('base64') };
}
