import { isUtf8, toBytes, toDisplay } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';

/** A path as JSON output shows it: text, and the exact bytes in base64 where it is not UTF-8. */
export type PathFields = { readonly path: string; readonly pathBytes?: string };

/** The fields that stand for `path` in a JSON object. */
export function pathFields(path: BytePath): PathFields {
  if (isUtf8(path)) return { path: toDisplay(path) };
  return { path: toDisplay(path), pathBytes: toBytes(path).toString('base64') };
}

/** One object as one line. */
export function jsonLine(object: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(object)}\n`;
}
