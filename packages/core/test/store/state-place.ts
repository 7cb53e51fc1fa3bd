import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.js';
import type { StorePlace } from './store-suite.js';

/** A state folder of its own, not made yet, in a temporary folder. */
export class StatePlace implements StorePlace {
  readonly root = mkdtempSync(join(tmpdir(), 'duet-store-'));
  readonly folder = join(this.root, 'state');
  readonly database = join(this.folder, 'duet.db');

  open(now?: () => number) {
    return openStore(now ? { folder: this.folder, now } : { folder: this.folder });
  }

  async remove(): Promise<void> {
    rmSync(this.root, { recursive: true, force: true });
  }
}
