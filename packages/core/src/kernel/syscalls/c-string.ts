import { NativeBuffer } from './native-buffer.js';
import type { BytePath } from '../../model/index.js';

/** Memory for one path at a time, NUL-terminated; grows as needed. */
export class CString {
  #buffer = new NativeBuffer(4352);

  /** Address of a copy of `path`, valid until the next call, and as long as something refers to this object. */
  put(path: BytePath): number {
    if (path.length + 1 > this.#buffer.bytes.length) this.#buffer = new NativeBuffer(2 * path.length + 1);
    this.#buffer.bytes.write(path, 0, 'latin1');
    this.#buffer.bytes[path.length] = 0;
    return this.#buffer.address;
  }
}
