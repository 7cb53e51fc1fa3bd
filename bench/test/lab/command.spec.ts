import assert from 'node:assert/strict';
import { command, requireTools } from '../../src/lab/command.js';

describe('tools of a lab', () => {
  it('that are missing are named, with the packages that have them', () => {
    assert.throws(() => requireTools('sh', 'mkfs.nofs', 'no-such-tool'), /not installed: mkfs\.nofs, no-such-tool\. On Debian: apt-get install/);
    requireTools('sh');
  });

  it('that fail say why', () => {
    assert.throws(() => command('sh', ['-c', 'echo bad disk >&2; exit 3']), /bad disk/);
    assert.throws(() => command('no-such-tool', []), /no-such-tool cannot be started/);
  });
});
