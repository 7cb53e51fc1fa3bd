import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { IdleScanner } from '../../../src/kernel/scan/idle-scanner.js';
import type { ProbeBatch, ScanBatch, Scanner } from '../../../src/model/index.js';

/** Scanners that say what becomes of them. */
function scanners(): { make: () => Scanner; log: string[] } {
  const log: string[] = [];
  let made = 0;
  const make = (): Scanner => {
    const name = `scanner ${++made}`;
    log.push(`${name} made`);
    return {
      scan: async function* () {
        await sleep(60);
        log.push(`${name} scans`);
        yield {} as ScanBatch;
      },
      probe: async () => {
        log.push(`${name} probes`);
        return {} as ProbeBatch;
      },
      close: async () => void log.push(`${name} closed`),
    };
  };
  return { make, log };
}

describe('IdleScanner', () => {
  it('lets its scanner go when nobody asked for a while, and makes another one when somebody does', async () => {
    const { make, log } = scanners();
    const scanner = new IdleScanner(make, 20);
    await scanner.probe([]);
    while (!log.includes('scanner 1 closed')) await sleep(5);
    await scanner.probe([]);
    await scanner.close();
    assert.deepEqual(log, ['scanner 1 made', 'scanner 1 probes', 'scanner 1 closed', 'scanner 2 made', 'scanner 2 probes', 'scanner 2 closed']);
  });

  it('keeps it as long as a scan goes on', async () => {
    const { make, log } = scanners();
    const scanner = new IdleScanner(make, 5);
    for await (const batch of scanner.scan({ residency: true, physical: false })) assert.ok(batch);
    assert.deepEqual(log, ['scanner 1 made', 'scanner 1 scans']);
    await scanner.close();
    assert.deepEqual(log.at(-1), 'scanner 1 closed');
  });

  it('is closed for good', async () => {
    const { make, log } = scanners();
    const scanner = new IdleScanner(make, 5);
    await scanner.close();
    await sleep(30);
    assert.deepEqual(log, ['scanner 1 made', 'scanner 1 closed']);
  });
});
