import { createHash, scrypt } from 'node:crypto';

/** What a password is stretched with. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const STRETCHED_BYTES = 64;

/** A key file that asks for more than this would hold the machine up: nobody made it in earnest. */
const MOST_MEMORY_BYTES = 1024 ** 3;
const MOST_WORK = 2 ** 28;

/** Whether these are parameters that somebody may have chosen in earnest. */
export function isBearable({ N, r, p }: ScryptParameters): boolean {
  return 128 * N * r <= MOST_MEMORY_BYTES && N * r * p <= MOST_WORK;
}

/** What was begun ahead, for one caller each. */
const ahead = new Map<string, Promise<Buffer>>();

/** The 64 bytes that a password stands for: by intention a quarter of a second of work, in a thread of its own. */
export function stretch(password: string, salt: Uint8Array, parameters: ScryptParameters): Promise<Buffer> {
  const name = nameOf(password, salt, parameters);
  const begun = ahead.get(name);
  ahead.delete(name);
  return begun ?? begin(password, salt, parameters);
}

/** Begins it for the next caller of `stretch` with the same arguments. */
export function stretchAhead(password: string, salt: Uint8Array, parameters: ScryptParameters): void {
  const name = nameOf(password, salt, parameters);
  if (ahead.has(name)) return;
  const begun = begin(password, salt, parameters);
  // Told to who asks for it.
  begun.catch(() => undefined);
  ahead.set(name, begun);
}

function begin(password: string, salt: Uint8Array, { N, r, p }: ScryptParameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, STRETCHED_BYTES, { N, r, p, maxmem: 2 * MOST_MEMORY_BYTES }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function nameOf(password: string, salt: Uint8Array, { N, r, p }: ScryptParameters): string {
  // Not the password itself: what nobody asks for stays as long as the process.
  return createHash('sha256').update(JSON.stringify([password, Buffer.from(salt).toString('hex'), N, r, p])).digest('hex');
}
