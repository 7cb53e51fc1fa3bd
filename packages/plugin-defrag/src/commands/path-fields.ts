import { isUtf8, toBytes, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';

/** A path in JSON: as text, and as base64 too where it is not UTF-8. */
export function pathFields(path: BytePath): { readonly path: string; readonly pathBytes?: string } {
  return isUtf8(path) ? { path: toDisplay(path) } : { path: toDisplay(path), pathBytes: toBytes(path).toString('base64') };
}
