import koffi from 'koffi';
import { fromBytes } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { NativeBuffer } from '@duet/core/kernel/syscalls';

const libc = koffi.load(null);
type Lookup = (id: number, entry: number, buffer: number, size: number, result: number) => number;
const lookUpUser = libc.func('int getpwuid_r(unsigned int id, intptr_t entry, intptr_t buffer, uintptr_t size, intptr_t result)') as Lookup;
const lookUpGroup = libc.func('int getgrgid_r(unsigned int id, intptr_t entry, intptr_t buffer, uintptr_t size, intptr_t result)') as Lookup;

/** Room for one entry: groups with a thousand members fit. */
const BUFFER_BYTES = 64 * 1024;

/** Names of users and groups by their numbers, as the system's name services know them; '' for those without. */
export class OwnerNames {
  readonly #users = new Map<number, BytePath>();
  readonly #groups = new Map<number, BytePath>();
  readonly #entry = new NativeBuffer(128);
  readonly #result = new NativeBuffer(16);
  readonly #buffer = new NativeBuffer(BUFFER_BYTES);

  user(uid: number): BytePath {
    return this.#name(this.#users, uid, lookUpUser);
  }

  group(gid: number): BytePath {
    return this.#name(this.#groups, gid, lookUpGroup);
  }

  #name(known: Map<number, BytePath>, id: number, lookUp: Lookup): BytePath {
    let name = known.get(id);
    if (name === undefined) known.set(id, (name = this.#lookUp(id, lookUp)));
    return name;
  }

  #lookUp(id: number, lookUp: Lookup): BytePath {
    const failed = lookUp(id, this.#entry.address, this.#buffer.address, BUFFER_BYTES, this.#result.address) !== 0;
    if (failed || this.#result.u64(0) === 0) return '' as BytePath;
    // The name is the first member of both structures, and lies in the buffer.
    const start = this.#entry.u64(0) - this.#buffer.address;
    return fromBytes(this.#buffer.bytes.subarray(start, this.#buffer.bytes.indexOf(0, start)));
  }
}
