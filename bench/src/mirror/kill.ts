import { readFileSync, readdirSync } from 'node:fs';
import { differences } from '@duet/plugin-rsync/testing';
import { cold } from '../bars/bench.js';
import type { Disk, Scenario } from '../bars/bench.js';
import { startDuet } from '../duet/duet-command.js';
import type { DuetRun } from '../duet/duet-command.js';
import { LabError } from '../lab/lab-error.js';
import { READ_BYTES_PER_SECOND } from './cold.js';
import { mirrorIn } from './mirrored.js';

const KILLS = 20;

interface Killed {
  readonly run: DuetRun;
  /** Whether there was something to kill at that moment. */
  readonly killed: boolean;
}

/** Kills Duet, or one of its rsyncs, at random moments; the next run makes source and target equal, and leaves nothing else. */
export const killScenario: Scenario = {
  name: 'kill',
  summary: 'kill -9 of duet and of rsync at 20 random moments each: equal after the next run',
  async run(bench) {
    const disk = await bench.mixed();
    const random = bench.random(700);
    const whole = await once(disk, disk.lab.scratch(), disk.lab.scratch(), undefined);
    bench.note('wall time of a whole run, 200 MB/s', whole.run.wallMs, 'ms');
    for (const victim of ['duet', 'rsync'] as const) {
      let [kills, differing, leftOver, survivors] = [0, 0, 0, 0];
      while (kills < KILLS) {
        const [state, scratch] = [disk.lab.scratch(), disk.lab.scratch()];
        const first = await once(disk, state, scratch, { victim, afterMs: random.next() * whole.run.wallMs, random: () => random.next() });
        if (!first.killed) continue;
        kills++;
        await new Promise((resolve) => setTimeout(resolve, 200));
        survivors += rsyncsWith(scratch).length;
        const next = await once(disk, state, scratch, undefined);
        if (next.run.exitCode !== 0) throw new LabError(`duet run exited with ${next.run.exitCode ?? next.run.signal} after a kill (seed ${bench.seed}): ${next.run.stderr.trim()}`);
        differing += differences(disk.root, mirrorIn(scratch)).length;
        leftOver += readdirSync(mirrorIn(scratch)).filter((name) => name.startsWith('.duet-rsync')).length;
      }
      bench.bar(`kills of ${victim}`, kills, '', '=', KILLS);
      bench.bar(`entries that differ after the next run, ${victim} killed`, differing, 'entries', '=', 0);
      bench.bar(`folders of unfinished files left over, ${victim} killed`, leftOver, '', '=', 0);
      if (victim === 'duet') bench.bar('rsyncs that outlive duet by 200 ms', survivors, '', '=', 0);
    }
  },
};

/** A run on a cold disk; with a plan, somebody is killed. */
function once(disk: Disk, state: string, scratch: string, plan: { readonly victim: 'duet' | 'rsync'; readonly afterMs: number; readonly random: () => number } | undefined): Promise<Killed> {
  return cold(disk, { readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
    const set = ['--set', `rsync.target=${mirrorIn(scratch)}`, '--set', 'rsync.delete=true', '--io-pressure', '0'];
    const running = startDuet(disk.lab, ['rsync'], { path: disk.root, state, group, args: set });
    let killed = false;
    const timer =
      plan === undefined
        ? undefined
        : setTimeout(() => {
            const pids = plan.victim === 'duet' ? [running.program.pid] : rsyncsWith(scratch);
            const pid = pids[Math.floor(plan.random() * pids.length)];
            if (pid !== undefined) killed = kill(pid);
          }, plan.afterMs);
    const run = await running.done.finally(() => clearTimeout(timer));
    return { run, killed };
  });
}

/** Processes that are an rsync to a mirror in this folder, those that they forked included. */
function rsyncsWith(scratch: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
        return program.endsWith('/rsync') && args.some((arg) => arg.startsWith(mirrorIn(scratch)));
      } catch {
        return false;
      }
    });
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
