import { silentLogger } from '@duet/core';
import type { CommandContext, PluginState } from '@duet/core';

/** Plugin state in memory. */
export class MemoryState implements PluginState {
  readonly #map = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: Uint8Array): void {
    this.#map.set(key, value);
  }

  delete(key: string): void {
    this.#map.delete(key);
  }

  *entries(prefix: string): IterableIterator<[string, Uint8Array]> {
    for (const [key, value] of this.#map) if (key.startsWith(prefix)) yield [key, value];
  }
}

/** What a command prints, and the context that it prints to. */
export class FakeCommand {
  readonly lines: string[] = [];
  readonly objects: Record<string, unknown>[] = [];
  readonly ctx: CommandContext;

  constructor(state: PluginState, path?: string, options: CommandContext['options'] = {}) {
    this.ctx = {
      args: path === undefined ? {} : { path },
      options,
      state,
      log: silentLogger,
      signal: new AbortController().signal,
      json: false,
      now: () => Date.now(),
      fileNumber: () => Promise.reject(new Error('defrag does not use it')),
      print: (text, object) => {
        this.lines.push(text);
        this.objects.push(object);
      },
      write: () => undefined,
    };
  }
}
