import assert from 'node:assert/strict';
import { call, duetError, fakeState } from '../fake-environment.js';

const framework = { viewState: async () => fakeState() };

describe('duet status, tasks, bitmap', () => {
  it('shows tasks as running', async () => {
    const { stdout, exitCode } = await call(['status'], { framework });
    assert.equal(exitCode, 0);
    assert.match(stdout, /fake +running \(4711\) +2 +3 +1m ago +never +\/srv\/data/);
    assert.match(stdout, /other +idle/);
  });

  it('shows them as JSON', async () => {
    const lines = (await call(['status', '--json'], { framework })).json();
    assert.deepEqual(lines[0], { type: 'status', stateDir: '/nowhere/state', tasks: 2, running: 1 });
    assert.deepEqual(lines[1], {
      type: 'task', id: 1, task: 'fake', cycle: 2, startedMs: 940_000, finishedMs: 0, running: true, pid: 4711, path: '/srv/data', filesDone: 3, filesPartial: 0,
    });
    assert.equal((await call(['tasks', '--json'], { framework })).json().length, 2);
  });

  it('makes no database by looking', async () => {
    const { exitCode, stdout, stderr } = await call(['tasks']);
    assert.deepEqual([exitCode, stdout, stderr], [0, '', 'no task has run yet (state: /nowhere/state)\n']);
  });

  it('prints done files as ranges', async () => {
    assert.match((await call(['bitmap', 'fake'], { framework })).stdout, /fake on \/srv\/data, cycle 2: 3 files done, 0 in part\n {2}1-2\n {2}5\n/);
    assert.deepEqual((await call(['bitmap', 'fake', '--json'], { framework })).json()[0]?.['ranges'], [[1, 2], [5, 5]]);
  });

  it('names the tasks there are when one is unknown', async () => {
    const { exitCode, stderr } = await call(['bitmap', 'nope'], { framework });
    assert.equal(exitCode, 2);
    assert.match(stderr, /DUET_ERR_TASK_UNKNOWN[\s\S]*fake on \/srv\/data, other on \/srv\/data/);
  });

  it('reports a database that cannot be opened', async () => {
    const broken = { viewState: () => Promise.reject(duetError('DUET_ERR_STATE_OPEN')) };
    assert.equal((await call(['status'], { framework: broken })).exitCode, 3);
  });
});
