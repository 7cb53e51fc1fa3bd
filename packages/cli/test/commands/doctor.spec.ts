import assert from 'node:assert/strict';
import type { Check } from '../../src/doctor/check.js';
import { mountChecks } from '../../src/doctor/mount-checks.js';
import { nodeCheck } from '../../src/doctor/machine-checks.js';
import { call } from '../fake-environment.js';

const OK: Check = { name: 'page size', ok: true, detail: '4096 bytes', hint: '', required: true, group: 'system' };
const NO: Check = { name: 'tracefs', ok: false, detail: 'needs root', hint: 'run as root', required: false, group: 'sources' };

describe('duet doctor', () => {
  const doctor = (checks: readonly Check[], ...argv: string[]) =>
    call(['doctor', ...argv], {
      framework: {
        checks: async function* () {
          yield* checks;
        },
      },
    });

  it('exits with 0 if only nice things are missing, and says what to do', async () => {
    const { exitCode, stdout } = await doctor([OK, NO]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^system\n {2}ok +page size +4096 bytes\nsources\n {2}no +tracefs +needs root\n +-> run as root\n\nDuet can run here\.\n$/);
  });

  it('exits with 3 if it cannot run', async () => {
    const { exitCode, stdout } = await doctor([{ ...OK, ok: false }]);
    assert.equal(exitCode, 3);
    assert.match(stdout, /cannot run here: page size/);
  });

  it('writes a JSON line a check', async () => {
    assert.deepEqual((await doctor([NO], '--json')).json(), [{ type: 'check', name: 'tracefs', ok: false, detail: 'needs root', hint: 'run as root', required: false, group: 'sources' }]);
  });

  it('knows which Node.js is old', () => {
    assert.deepEqual(['20.19.0', '20.18.9', '18.20.0', '26.0.0'].map((version) => nodeCheck(version).ok), [true, false, false, true]);
  });

  it('warns of overlayfs', () => {
    const lines = '22 1 0:21 / / rw - overlay overlay rw\n23 1 8:1 / /data rw shared:1 - ext4 /dev/sda1 rw\n';
    assert.deepEqual([...mountChecks(lines)].map(({ name, ok }) => [name, ok]), [['overlay', false]]);
  });
});
