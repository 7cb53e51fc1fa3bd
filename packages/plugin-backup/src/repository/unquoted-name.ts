import { fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';

const ESCAPE = /\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)/g;

const SHORT: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', "'": "'" };

/**
 * The bytes of a name that stands in a node quoted as Go's `strconv.Quote`
 * does, without the quotes around it; undefined if it is not quoted well.
 */
export function unquotedName(quoted: string): BytePath | undefined {
  if (!quoted.includes('\\')) return quoted.includes('"') ? undefined : fromText(quoted);
  let isGood = true;
  let bytes = '';
  let at = 0;
  for (const match of quoted.matchAll(ESCAPE)) {
    const [whole, short, hex, octal, short16, long] = match;
    bytes += fromText(quoted.slice(at, match.index));
    at = match.index + whole.length;
    const rune = short16 ?? long;
    if (short !== undefined) bytes += SHORT[short];
    // These stand for one byte, be it UTF-8 or not; the others for a character.
    else if (hex !== undefined) bytes += String.fromCharCode(Number.parseInt(hex, 16));
    else if (octal !== undefined && Number.parseInt(octal, 8) < 256) bytes += String.fromCharCode(Number.parseInt(octal, 8));
    else if (rune !== undefined && Number.parseInt(rune, 16) <= 0x10ffff) bytes += fromText(String.fromCodePoint(Number.parseInt(rune, 16)));
    else isGood = false;
  }
  return isGood ? ((bytes + fromText(quoted.slice(at))) as BytePath) : undefined;
}
