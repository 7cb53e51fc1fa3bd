import koffi from 'koffi';

/**
 * Memory at a fixed address, to hand to system calls as a plain number.
 *
 * A number costs a call 0.4 µs less than a typed array does. The address holds
 * as long as this object is referenced; the buffer must never be transferred
 * to another thread.
 */
export class NativeBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly address: number;

  /** `length` in bytes; `align` is a power of two. */
  constructor(length: number, align = 16) {
    // At least 128 bytes: small typed arrays may live in the heap, which moves.
    const raw = new ArrayBuffer(Math.max(length, 128) + align);
    const start = Number(koffi.address(raw));
    const skip = (align - (start % align)) % align;
    this.bytes = Buffer.from(raw, skip, length);
    this.view = new DataView(raw, skip, length);
    this.address = start + skip;
  }

  /** Unsigned 64 bits as a number: exact below 2^53. */
  u64(offset: number): number {
    return this.view.getUint32(offset, true) + this.view.getUint32(offset + 4, true) * 0x1_0000_0000;
  }

  setU64(offset: number, value: number): void {
    this.view.setUint32(offset, value >>> 0, true);
    this.view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
  }
}
