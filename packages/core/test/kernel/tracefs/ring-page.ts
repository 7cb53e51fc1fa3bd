/** Builds sub-buffers as the kernel's ring buffer has them, record by record. */
export class RingPage {
  readonly bytes: Buffer;
  #at = 16;

  constructor(timeNs: number, bytes = 4096) {
    this.bytes = Buffer.alloc(bytes);
    this.bytes.writeBigUInt64LE(BigInt(timeNs), 0);
  }

  /** A record whose length is in its header; `data` has 4 to 112 bytes, a multiple of 4. */
  record(delta: number, data: Uint8Array): this {
    this.#header(data.length / 4, delta);
    return this.#put(data);
  }

  /** A record whose length stands in a word of its own. */
  longRecord(delta: number, data: Uint8Array): this {
    this.#header(0, delta);
    this.#word(data.length + 4);
    return this.#put(data);
  }

  /** A record that was discarded after it had been written; its data is `bytes` long. */
  discarded(delta: number, bytes: number): this {
    this.#header(29, delta);
    this.#word(bytes);
    this.#at += bytes - 4;
    return this.#commit();
  }

  /** Nothing more on this page, though it counts as written. */
  rest(): this {
    this.#header(29, 0);
    this.#at = this.bytes.length;
    return this.#commit();
  }

  timeExtend(delta: number): this {
    this.#header(30, delta % 2 ** 27);
    this.#word(Math.floor(delta / 2 ** 27));
    return this.#commit();
  }

  timeStamp(timeNs: number): this {
    this.#header(31, timeNs % 2 ** 27);
    this.#word(Math.floor(timeNs / 2 ** 27));
    return this.#commit();
  }

  /** Sets the flag that records are missing before this page; their number follows the records, if there is room. */
  missed(count?: number): this {
    let flags = 0x8000_0000;
    if (count !== undefined) {
      this.bytes.writeBigUInt64LE(BigInt(count), this.#at);
      flags += 0x4000_0000;
    }
    this.bytes.writeUInt32LE(this.#at - 16 + flags, 8);
    return this;
  }

  /** Cuts the page off, `bytes` before its last record ends. */
  truncate(bytes: number): this {
    this.bytes.writeUInt32LE(this.#at - 16 - bytes, 8);
    return this;
  }

  #header(kind: number, delta: number): void {
    this.#word(((delta << 5) | kind) >>> 0);
  }

  #word(value: number): void {
    this.bytes.writeUInt32LE(value, this.#at);
    this.#at += 4;
  }

  #put(data: Uint8Array): this {
    this.bytes.set(data, this.#at);
    this.#at += data.length;
    return this.#commit();
  }

  #commit(): this {
    this.bytes.writeUInt32LE(this.#at - 16, 8);
    return this;
  }
}

/** Record data whose first word is `id`. */
export function data(id: number, bytes = 8): Uint8Array {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUInt32LE(id, 0);
  return buffer;
}

/** Hands out pages one by one, as a pipe does. */
export function pipeOf(pages: readonly RingPage[]): (slot: Uint8Array) => number {
  let next = 0;
  return (slot) => {
    if (next === pages.length) return 0;
    slot.set(pages[next].bytes);
    next += 1;
    return slot.length;
  };
}
