import type { KernelFiles } from '../../src/kernel/kernel-files.js';

/** Files of a kernel that exists in a test only; those that are open follow what is changed here. */
export class MadeUpFiles implements KernelFiles {
  readonly #texts: Map<string, string>;
  openFiles = 0;

  constructor(texts: Readonly<Record<string, string | number>>) {
    this.#texts = new Map(Object.entries(texts).map(([path, text]) => [path, String(text)]));
  }

  set(path: string, text: string | number): void {
    this.#texts.set(path, String(text));
  }

  remove(path: string): void {
    this.#texts.delete(path);
  }

  read = (path: string): string | undefined => this.#texts.get(path);

  open: KernelFiles['open'] = (path) => {
    if (!this.#texts.has(path)) return undefined;
    this.openFiles++;
    return { read: () => this.#texts.get(path), close: () => void this.openFiles-- };
  };
}
