import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore, runPlugin } from '@duet/core/testing';
import type { PluginRun, PluginRunOptions } from '@duet/core/testing';
import { backup } from '../src/index.js';
import { LocalStorage } from '../src/repository/local-storage.js';
import { Repository } from '../src/repository/repository.js';
import { listSnapshots } from '../src/repository/snapshot.js';
import type { StoredSnapshot } from '../src/repository/snapshot.js';
import { PASSWORD } from './restic.js';

/** A folder to back up, a repository, and a state that lives on from run to run. */
export class BackupFixture {
  readonly folder: string;
  readonly source: string;
  readonly repo: string;
  store = new MemoryStore();

  private constructor(folder: string) {
    this.folder = folder;
    this.source = join(folder, 'source');
    this.repo = join(folder, 'repo');
  }

  static async make(): Promise<BackupFixture> {
    const fixture = new BackupFixture(mkdtempSync(join(tmpdir(), 'duet-backup-')));
    mkdirSync(fixture.source);
    writeFileSync(join(fixture.folder, 'password'), PASSWORD);
    await Repository.init(LocalStorage.create(fixture.repo), PASSWORD);
    return fixture;
  }

  /** One cycle. */
  run(config: Record<string, unknown> = {}, options: Partial<PluginRunOptions> = {}): Promise<PluginRun> {
    return runPlugin(backup, {
      folder: this.source,
      store: this.store,
      config: { repo: this.repo, passwordFile: join(this.folder, 'password'), ...config },
      ...options,
    });
  }

  async repository(): Promise<Repository> {
    const repository = await Repository.open(new LocalStorage(this.repo), PASSWORD);
    await repository.loadIndex();
    return repository;
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return listSnapshots((await this.repository()).files);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
