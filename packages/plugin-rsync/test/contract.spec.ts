import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContractSuite } from '@duet/core/testing';
import { rsync } from '../src/index.js';

describe('rsync', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-rsync-contract-'));
  const target = join(folder, 'target');

  beforeEach(() => rmSync(target, { recursive: true, force: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  pluginContractSuite(rsync, { config: { target, batchFiles: 4 }, incremental: true });
});
