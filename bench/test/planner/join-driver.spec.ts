import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JoinLine, JoinPlan, JoinTask } from '../../src/planner/join-driver.js';
import { JOBS } from '../../src/planner/jobs.js';

const DRIVER = fileURLToPath(new URL('../../src/planner/join-driver.js', import.meta.url));

describe('the program whose tasks join', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'duet-join-')));
  const path = join(folder, 'tree');
  after(() => rmSync(folder, { recursive: true }));

  before(() => {
    mkdirSync(path);
    for (const name of ['a', 'b']) writeFileSync(join(path, name), Buffer.alloc(10_000, name));
  });

  const drive = (tasks: readonly JoinTask[]): { status: number | null; stderr: string; lines: JoinLine[] } => {
    const plan: JoinPlan = { path, state: mkdtempSync(join(folder, 'state-')), tasks };
    const { status, stderr, stdout } = spawnSync(process.execPath, [DRIVER, JSON.stringify(plan)], { encoding: 'utf8' });
    return { status, stderr, lines: stdout.trim().split('\n').map((line) => JSON.parse(line) as JoinLine) };
  };
  const scrub = (at: JoinTask['at']): JoinTask => ({ module: JOBS[0].module, config: {}, at });

  it('tells when it started and which parts are done', () => {
    const { status, lines } = drive([scrub({ afterMs: 0 })]);
    assert.equal(status, 0);
    assert.equal(lines[0].type, 'started');
    assert.deepEqual(lines.slice(1).map((line) => line.type === 'unit' && [line.path, line.bytes]).sort(), [['a', 10_000], ['b', 10_000]]);
  });

  it('fails if the run is over before all have joined', () => {
    const { status, stderr } = drive([scrub({ afterMs: 0 }), { ...scrub({ afterMs: 60_000 }), module: JOBS[2].module, config: { target: join(folder, 'mirror') } }]);
    assert.equal(status, 4);
    assert.match(stderr, /before all tasks had joined/);
  });
});
