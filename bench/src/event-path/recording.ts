import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PageSink } from '@duet/core';
import { EnabledEvents, PageEventDecoder, RawPipe, RingReader, TraceInstance, parseSubBufferLayout, readTraceFile } from '@duet/core/kernel/tracefs';
import type { Lab } from '../lab/lab.js';
import { mountedNow } from '../lab/leftovers.js';

/** Kernel buffer for each CPU: some 1.3 million events. */
const BUFFER_KB = 64 * 1024;

/** What a recording holds, in events. */
export interface Contents {
  events: number;
  /** Of them, those of a folio of one page. */
  singlePages: number;
  /** Pages of all of them. */
  pages: number;
  lost: number;
}

/** Sub-buffers as the kernel filled them, and how to read them. */
export class Recording {
  readonly contents: Contents = { events: 0, singlePages: 0, pages: 0, lost: 0 };
  readonly #files: readonly string[];
  readonly #layout: ReturnType<typeof parseSubBufferLayout>;
  readonly #decoder: PageEventDecoder;

  /** `files`: one a CPU, sub-buffer after sub-buffer. */
  constructor(files: readonly string[], layout: ReturnType<typeof parseSubBufferLayout>, decoder: PageEventDecoder) {
    this.#files = files;
    this.#layout = layout;
    this.#decoder = decoder;
    const { reader, close } = this.open();
    reader.drain(countInto(this.contents), Infinity, () => Infinity);
    close();
    if (this.contents.lost > 0) throw new Error(`${this.contents.lost} events were lost while recording`);
  }

  /** Reads it from the start, through the same calls as the kernel's own pipes. */
  open(): { readonly reader: RingReader; readonly close: () => void } {
    const pipes = this.#files.map((file) => new RawPipe(file));
    const reads = pipes.map((pipe) => (slot: Uint8Array) => pipe.read(slot));
    const close = (): void => pipes.forEach((pipe) => pipe.close());
    return { reader: new RingReader(reads, this.#layout, this.#decoder), close };
  }
}

/** Records all page events of the lab's file system while `action` runs. */
export function record(lab: Lab, action: () => void): Recording {
  const instance = new TraceInstance(BUFFER_KB);
  const pipes: RawPipe[] = [];
  try {
    const decoder = new PageEventDecoder();
    const layout = parseSubBufferLayout(readTraceFile(`${instance.path}/events/header_page`));
    new EnabledEvents(instance, decoder).follow({ dev: superblock(lab), fsType: lab.fs });
    for (const cpu of instance.cpus()) pipes.push(new RawPipe(`${instance.path}/per_cpu/cpu${cpu}/trace_pipe_raw`));
    action();
    const folder = lab.scratch();
    const files = pipes.map((pipe, cpu) => {
      const subBuffers: Uint8Array[] = [];
      for (let slot = new Uint8Array(layout.bytes); pipe.read(slot) > 0; slot = new Uint8Array(layout.bytes)) subBuffers.push(slot);
      const file = join(folder, `cpu${cpu}`);
      writeFileSync(file, Buffer.concat(subBuffers));
      return file;
    });
    return new Recording(files, layout, decoder);
  } finally {
    for (const pipe of pipes) pipe.close();
    instance.remove();
  }
}

/** Number of the lab's superblock, as events name it. */
export function superblock(lab: Lab): number {
  const [major, minor] = (mountedNow().find((mount) => mount.path === lab.path)?.superblock ?? '').split(':').map(Number) as [number, number];
  return major * 2 ** 20 + minor;
}

function countInto(contents: Contents): PageSink {
  const count = (pages: number): void => {
    contents.events += 1;
    contents.pages += Number.isFinite(pages) ? pages : 0;
    if (pages === 1) contents.singlePages += 1;
  };
  return {
    added: (_dev, _ino, _index, pages) => count(pages),
    addedSingly: (_dev, _ino, _index, pages) => {
      for (let page = 0; page < pages; page++) count(1);
    },
    removed: (_dev, _ino, _index, pages) => count(pages),
    dirtied: () => count(1),
    flushed: (_dev, _ino, _index, pages) => count(pages),
    invalidated: () => undefined,
    unsure: () => undefined,
    lost: (events) => (contents.lost += events),
  };
}
