import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';
import { At } from './stat.js';

const HANDLE_MAX_BYTES = 128;
const HEADER_BYTES = 8;

const cNameToHandle = libc.func('int name_to_handle_at(int dir, intptr_t path, intptr_t handle, intptr_t mountId, int flags)');
const cOpenByHandle = libc.func('int open_by_handle_at(int mount, intptr_t handle, int flags)');
const emptyPath = new NativeBuffer(16);
const mountId = new NativeBuffer(16);

/**
 * What the kernel calls a file on its file system, whatever its name.
 *
 * @see https://man7.org/linux/man-pages/man2/open_by_handle_at.2.html
 */
export class FileHandle {
  readonly #buffer = new NativeBuffer(HEADER_BYTES + HANDLE_MAX_BYTES);

  /** Takes the handle of the name at address `path`. 0, or negative errno. */
  readAt(dir: number, path: number): number {
    this.#buffer.view.setUint32(0, HANDLE_MAX_BYTES, true);
    return checked(cNameToHandle(dir, path, this.#buffer.address, mountId.address, 0));
  }

  /** Takes the handle of an open file. 0, or negative errno. */
  read(fd: number): number {
    this.#buffer.view.setUint32(0, HANDLE_MAX_BYTES, true);
    return checked(cNameToHandle(fd, emptyPath.address, this.#buffer.address, mountId.address, At.EMPTY_PATH));
  }

  /** Opens the file through any descriptor of its mount. A descriptor, or negative errno (-EPERM: not root, -ESTALE: gone). */
  open(mount: number, flags: number): number {
    return checked(cOpenByHandle(mount, this.#buffer.address, flags));
  }

  /** Sets the handle, for one made up or kept from before. */
  set(type: number, payload: Uint8Array): void {
    this.#buffer.view.setUint32(0, payload.length, true);
    this.#buffer.view.setInt32(4, type, true);
    this.#buffer.bytes.set(payload, HEADER_BYTES);
  }

  get type(): number {
    return this.#buffer.view.getInt32(4, true);
  }

  /** What the file system put in it; valid until the next read. */
  get payload(): DataView {
    return new DataView(this.#buffer.view.buffer, this.#buffer.view.byteOffset + HEADER_BYTES, this.#buffer.view.getUint32(0, true));
  }
}
