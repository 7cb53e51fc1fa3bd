import { constants, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { UnsyncedFiles, WriteBehind } from '@duet/core/kernel/write';
import type { UnitWork } from './unit-work.js';

const { O_CREAT, O_WRONLY } = constants;
const NOTHING = new Uint8Array();

/** Copies each unit to the same place of a file below `target`, whatever is there already: units come in any order. */
export class CopyWork implements UnitWork {
  readonly #target: string;
  readonly #unsynced = new UnsyncedFiles();
  #out: WriteBehind | undefined;

  constructor(target: string) {
    this.#target = target;
  }

  begin(path: string, offset: number): void {
    // A task on a single file has no relative path for it.
    const file = Buffer.from(`${this.#target}/${path === '' ? 'file' : path}`, 'latin1');
    mkdirSync(Buffer.from(dirname(file.toString('latin1')), 'latin1'), { recursive: true });
    this.#out = new WriteBehind(openSync(file, O_CREAT | O_WRONLY, 0o600), offset);
  }

  take(piece: Buffer): void {
    this.#out?.write(piece);
  }

  end(): Uint8Array {
    if (this.#out) this.#unsynced.add(this.#out.fd);
    return NOTHING;
  }

  flush(): void {
    this.#unsynced.sync();
  }
}
