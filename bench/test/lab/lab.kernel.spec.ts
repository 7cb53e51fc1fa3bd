import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cachedBytes } from '../../src/lab/cached-bytes.js';
import { Lab } from '../../src/lab/lab.js';
import { loopDevices, mountedNow } from '../../src/lab/leftovers.js';

interface Held {
  readonly device: string;
  readonly path: string;
  readonly image: string;
  readonly groups: readonly string[];
  readonly program: number;
}

const HOLDER = fileURLToPath(new URL('lab-holder.js', import.meta.url));

/** A process that holds a lab with everything in it. */
async function hold(): Promise<{ process: ChildProcess; held: Held }> {
  const child = spawn(process.execPath, [HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, held: JSON.parse(line) as Held };
}

/** What is left of a lab. */
function remains(held: Held): string[] {
  const folder = dirname(held.image);
  return [
    ...[folder, ...held.groups.map((file) => dirname(file))].filter((path) => existsSync(path)),
    ...(runs(held.program) ? [`process ${held.program}`] : []),
    ...mountedNow().map((mount) => mount.path).filter((path) => path.startsWith(folder)),
    ...loopDevices().map((loop) => loop.image).filter((image) => image.startsWith(folder)),
  ];
}

/** Whether the process runs; one that is dead but was not waited for does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

describe('a lab', function () {
  this.timeout(60_000);
  before(function () {
    if (process.getuid?.() !== 0 && process.env.DUET_REQUIRE_KERNEL !== '1') this.skip();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing behind on ${signal}`, async () => {
      const { process: holder, held } = await hold();
      assert.ok(remains(held).length >= 6);
      holder.kill(signal);
      const [code] = (await once(holder, 'exit')) as [number];
      assert.equal(code, signal === 'SIGINT' ? 130 : 143);
      assert.deepEqual(remains(held), []);
    });
  }

  it('is removed by the next one after SIGKILL, and a living one is not', async () => {
    const killed = await hold();
    const living = await hold();
    try {
      killed.process.kill('SIGKILL');
      await once(killed.process, 'exit');
      assert.ok(remains(killed.held).length >= 5);
      const before = remains(living.held);
      new Lab({ fs: 'ext4', sizeBytes: 64 << 20 }).close();
      assert.deepEqual(remains(killed.held), []);
      assert.deepEqual(remains(living.held), before);
    } finally {
      living.process.kill('SIGTERM');
      await once(living.process, 'exit');
    }
  });

  for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
    it(`counts what is read from ${fs}, cold and cached, by a program in a small group`, async () => {
      const lab = new Lab({ fs, sizeBytes: 512 << 20 });
      try {
        const file = join(lab.path, 'file');
        const bytes = 32 << 20;
        writeFileSync(file, Buffer.alloc(bytes, 1));
        lab.coldStart();
        assert.deepEqual(cachedBytes([file]), [0]);
        const group = lab.group({ memoryBytes: 64 << 20 });
        const cold = await lab.run(['cat', file], { group });
        assert.ok(cold.deviceBytesRead >= bytes && cold.deviceBytesRead < 1.1 * bytes, `${cold.deviceBytesRead} bytes read cold`);
        const cached = cachedBytes([file])[0] ?? 0;
        const warm = await lab.run(['cat', file], { group });
        assert.ok(warm.deviceBytesRead <= bytes - cached + (1 << 20), `${warm.deviceBytesRead} bytes read with ${cached} cached`);
        const small = lab.group({ memoryBytes: 16 << 20 });
        lab.coldStart();
        await lab.run(['cat', file], { group: small });
        assert.ok((cachedBytes([file])[0] ?? 0) <= 16 << 20);
      } finally {
        lab.close();
      }
    });
  }

  it('runs programs as a user without privileges', async () => {
    const lab = new Lab({ fs: 'ext4', sizeBytes: 64 << 20 });
    try {
      const lines: string[] = [];
      await lab.run(['sh', '-c', 'id -u; grep CapBnd /proc/self/status'], { group: lab.group(), uid: 65534, onLine: (line) => lines.push(line) });
      assert.deepEqual(lines, ['65534', 'CapBnd:\t0000000000000000']);
    } finally {
      lab.close();
    }
  });
});
