import type { PluginState } from '@duet/core';

/** State in memory, and how often it was written to. */
export class MapState implements PluginState {
  readonly map = new Map<string, Uint8Array>();
  writes = 0;

  get(key: string): Uint8Array | undefined {
    return this.map.get(key);
  }

  set(key: string, value: Uint8Array): void {
    this.writes++;
    this.map.set(key, Uint8Array.from(value));
  }

  delete(key: string): void {
    this.writes++;
    this.map.delete(key);
  }

  *entries(prefix: string): IterableIterator<[string, Uint8Array]> {
    for (const key of [...this.map.keys()].filter((one) => one.startsWith(prefix)).sort()) yield [key, this.map.get(key)!];
  }
}
