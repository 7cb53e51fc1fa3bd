import type { BytePath } from '@duet/core/model';

/** What needs no quoting at all, neither as a name nor in JSON. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
// oxlint-disable-next-line no-control-regex
const ESCAPED = /[\u0000-\u001f"\\<>&\u2028\u2029]/g;
/** What Go prints as it is (`strconv.IsPrint`); which characters there are moves with the Unicode version, and both spellings are read alike. */
const PRINTED = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);

/** A file name as it stands in a node: quoted as Go's `strconv.Quote` does, without the quotes around it. */
export function quotedName(name: BytePath): string {
  if (PLAIN.test(name)) return name;
  return fromRunes(name, quotedRune, (byte) => `\\x${hex(byte, 2)}`);
}

/** A string in JSON as Go's `encoding/json` writes it. */
export function jsonOfText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return `"${text.replace(ESCAPED, escaped)}"`;
}

/** Bytes as a string in JSON, as Go writes one: a byte that is not UTF-8 becomes U+FFFD, escaped. */
export function jsonOfBytes(bytes: BytePath): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  return `"${fromRunes(bytes, (character) => character.replace(ESCAPED, escaped), () => '\\ufffd')}"`;
}

/** Text made of the characters that `bytes` are in UTF-8, and of the bytes that are none. */
function fromRunes(bytes: BytePath, ofCharacter: (character: string) => string, ofByte: (byte: number) => string): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const { rune, bytes: length } = runeAt(bytes, i);
    text += rune < 0 ? ofByte(bytes.charCodeAt(i)) : ofCharacter(String.fromCodePoint(rune));
    i += length;
  }
  return text;
}

function escaped(character: string): string {
  switch (character) {
    case '"':
    case '\\':
      return `\\${character}`;
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${hex(character.charCodeAt(0), 4)}`;
  }
}

function quotedRune(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  if (PRINTED.test(character)) return character;
  const rune = character.codePointAt(0)!;
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** The character whose UTF-8 begins at byte `i`, and its length; -1 and one byte where there is none. */
function runeAt(text: string, i: number): { readonly rune: number; readonly bytes: number } {
  const first = text.charCodeAt(i);
  if (first < 0x80) return { rune: first, bytes: 1 };
  const bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  let rune = first & (0x7f >> bytes);
  if (first < 0xc2 || first > 0xf4 || i + bytes > text.length) return INVALID;
  for (let j = i + 1; j < i + bytes; j++) {
    const next = text.charCodeAt(j);
    if ((next & 0xc0) !== 0x80) return INVALID;
    rune = (rune << 6) | (next & 0x3f);
  }
  const isSurrogate = rune >= 0xd800 && rune < 0xe000;
  return rune < LEAST[bytes] || rune > 0x10ffff || isSurrogate ? INVALID : { rune, bytes };
}

const INVALID = { rune: -1, bytes: 1 };
/** The lowest character that takes so many bytes. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];
