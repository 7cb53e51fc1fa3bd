/** Length of an id: a SHA-256. */
export const ID_BYTES = 32;

const NAME = /^[0-9a-f]{64}$/;

/** The id as file names and JSON spell it. */
export function idName(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
}

/** Whether a file's name is an id: others are none of the repository's. */
export function isIdName(name: string): boolean {
  return NAME.test(name);
}

/** The id that `name` spells; undefined if it spells none. */
export function parseId(name: unknown): Buffer | undefined {
  return typeof name === 'string' && isIdName(name) ? Buffer.from(name, 'hex') : undefined;
}
