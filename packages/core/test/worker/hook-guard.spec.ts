import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardHook } from '../../src/worker/hook-guard.js';

const never = new Promise<void>(() => undefined);

describe('a hook that takes long', () => {
  it('is named when it does not settle in time', async () => {
    await assert.rejects(guardHook('slow', 'open', 20, () => never), { code: 'DUET_ERR_PLUGIN_TIMEOUT', message: /'open'.*'slow'/ });
  });

  it('has its time anew whenever it says that it is alive', async () => {
    let aliveMs = 0;
    const beat = setInterval(() => (aliveMs = performance.now()), 5);
    const settled = guardHook('slow', 'open', 40, () => sleep(150, 'done'), () => aliveMs);
    assert.equal(await settled, 'done');
    clearInterval(beat);
    const sinceMs = performance.now();
    await assert.rejects(guardHook('slow', 'open', 40, () => never, () => aliveMs), { code: 'DUET_ERR_PLUGIN_TIMEOUT' });
    assert.ok(performance.now() - sinceMs >= 35);
  });
});
