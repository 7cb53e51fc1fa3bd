import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContractSuite } from '@duet/core/testing';
import { backup } from '../src/index.js';
import { LocalStorage } from '../src/repository/local-storage.js';
import { Repository } from '../src/repository/repository.js';
import { PASSWORD } from './restic.js';

describe('backup as a plugin', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-backup-contract-'));
  const passwordFile = join(folder, 'password');
  const repo = join(folder, 'repo');

  before(async () => {
    writeFileSync(passwordFile, PASSWORD);
    await Repository.init(LocalStorage.create(repo), PASSWORD);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  // Files that did not change are none of its units otherwise.
  pluginContractSuite(backup, { config: { repo, passwordFile, threads: 2, force: true } });
});
