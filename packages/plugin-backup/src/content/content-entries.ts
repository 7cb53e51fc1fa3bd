/** What of a file is in the repository: for each chunk its id and its length in bytes, in their order, as they are kept. */
export type ContentEntries = Buffer;

const ID_BYTES = 32;
export const ENTRY_BYTES = ID_BYTES + 4;
export const NO_ENTRIES: ContentEntries = Buffer.alloc(0);

/** The entry of one chunk. */
export function entryOf(id: Uint8Array, bytes: number): ContentEntries {
  const entry = Buffer.allocUnsafe(ENTRY_BYTES);
  entry.set(id);
  entry.writeUInt32LE(bytes, ID_BYTES);
  return entry;
}

export function entryCount(entries: ContentEntries): number {
  return entries.length / ENTRY_BYTES;
}

export function entryId(entries: ContentEntries, i: number): Buffer {
  return entries.subarray(i * ENTRY_BYTES, i * ENTRY_BYTES + ID_BYTES);
}

/** Ids of all chunks in hex. */
export function entryNames(entries: ContentEntries): string[] {
  const names: string[] = [];
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) names.push(entries.toString('hex', at, at + ID_BYTES));
  return names;
}

/** Bytes of content that the entries stand for. */
export function contentBytes(entries: ContentEntries): number {
  let bytes = 0;
  for (let at = ID_BYTES; at < entries.length; at += ENTRY_BYTES) bytes += entries.readUInt32LE(at);
  return bytes;
}

/** The first entries, as many as lie before byte `end` of the file as a whole. */
export function entriesBefore(entries: ContentEntries, end: number): ContentEntries {
  let bytes = 0;
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    bytes += entries.readUInt32LE(at + ID_BYTES);
    if (bytes > end) return entries.subarray(0, at);
  }
  return entries;
}

/** Takes joined entries apart; each call gives a copy of the next `bytes`. */
export function entryTaker(joined: Uint8Array): (bytes: number) => ContentEntries {
  let at = 0;
  return (bytes) => Buffer.from(joined.subarray(at, (at += bytes)));
}
