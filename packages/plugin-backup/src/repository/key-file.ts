import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Cipher, KEY_BYTES } from './cipher.js';
import { thisOwner } from './owner.js';
import { isBearable, stretch } from './stretch.js';
import type { ScryptParameters } from './stretch.js';

/** Half a second, and 32 MiB. */
const DEFAULT_PARAMETERS: ScryptParameters = { N: 32_768, r: 8, p: 5 };
const SALT_BYTES = 64;

const bytes = z.string().transform((text) => Buffer.from(text, 'base64'));
const keyFile = z.object({
  kdf: z.literal('scrypt'),
  N: z.number().int().min(2).refine((n) => (n & (n - 1)) === 0),
  r: z.number().int().min(1),
  p: z.number().int().min(1),
  salt: bytes,
  data: bytes,
});
const masterKey = z.object({ encrypt: bytes, mac: z.object({ k: bytes, r: bytes }) });

/** A key file that has the repository's key, `master`, sealed with a password. */
export async function encodeKeyFile(master: Uint8Array, password: string, nowMs: number): Promise<Buffer> {
  const { hostname, username } = thisOwner();
  const salt = randomBytes(SALT_BYTES);
  const text = (from: number, to: number): string => Buffer.from(master.subarray(from, to)).toString('base64');
  const plain = JSON.stringify({ mac: { k: text(32, 48), r: text(48, 64) }, encrypt: text(0, 32) });
  const sealed = new Cipher(await stretch(password, salt, DEFAULT_PARAMETERS)).seal(Buffer.from(plain));
  return Buffer.from(
    JSON.stringify({
      created: new Date(nowMs).toISOString(),
      username,
      hostname,
      kdf: 'scrypt',
      ...DEFAULT_PARAMETERS,
      salt: salt.toString('base64'),
      data: sealed.toString('base64'),
    }),
  );
}

/** The repository's key of 64 bytes, if the file is a key file and the password opens it. */
export async function openKeyFile(file: Uint8Array, password: string): Promise<Buffer | undefined> {
  const { data: key } = keyFile.safeParse(parse(file));
  if (!key || !isBearable(key)) return undefined;
  const plain = new Cipher(await stretch(password, key.salt, key)).open(key.data);
  const { data: master } = masterKey.safeParse(plain && parse(plain));
  if (!master) return undefined;
  const all = Buffer.concat([master.encrypt, master.mac.k, master.mac.r]);
  return all.length === KEY_BYTES ? all : undefined;
}

function parse(file: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(file).toString());
  } catch {
    return undefined;
  }
}
