import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { changeEveryKind, differences, makeEveryKind, RsyncDaemon, SshServer } from '@duet/plugin-rsync/testing';
import { inGroup } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { runDuet } from '../duet/duet-command.js';
import type { Lab } from '../lab/lab.js';

const ALL = ['delete', 'hardLinks', 'acls', 'xattrs', 'sparse', 'numericIds'].map((option) => `rsync.${option}=true`);

/** A tree with every kind of entry, mirrored, changed, and mirrored again: rsync and `duet rsync verify` find no difference. */
export const equalityScenario: Scenario = {
  name: 'equality',
  summary: 'every kind of entry: into a folder, over ssh, to a daemon; nothing differs afterwards',
  async run(bench) {
    const lab = bench.emptyLab(1 << 30);
    const base = (name: string): string => join(lab.path, name);
    bench.bar('differences, folder', await mirrorTwice(lab, base('folder'), () => []), 'entries', '=', 0);

    const ssh = await SshServer.start(join(lab.scratch(), 'ssh'));
    try {
      bench.bar('differences, ssh', await mirrorTwice(lab, base('ssh'), (target) => [`rsync.target=${ssh.host}:${target}`, `rsync.rsh=${ssh.rsh}`]), 'entries', '=', 0);
      bench.bar('logins over ssh of two runs', ssh.logins, '', '=', 2);
    } finally {
      await ssh.stop();
    }

    const daemon = await RsyncDaemon.start(join(lab.scratch(), 'daemon'), base('daemon/target'));
    try {
      bench.bar('differences, daemon', await mirrorTwice(lab, base('daemon'), () => [`rsync.target=${daemon.url}`, `rsync.passwordFile=${daemon.passwordFile}`]), 'entries', '=', 0);
    } finally {
      await daemon.stop();
    }
  },
};

/** Entries that differ after the first mirror and after the second. */
async function mirrorTwice(lab: Lab, folder: string, optionsFor: (target: string) => readonly string[]): Promise<number> {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')];
  mkdirSync(source, { recursive: true });
  makeEveryKind(source);
  const options = [`rsync.target=${target}`, ...ALL, ...optionsFor(target)];
  // A later value of an option takes the place of an earlier one.
  const set = [...new Map(options.map((option) => [option.split('=')[0], option])).values()].flatMap((option) => ['--set', option]);
  const state = lab.scratch();
  const mirror = (): Promise<unknown> => inGroup(lab, {}, (group) => runDuet(lab, ['rsync'], { path: source, state, group, args: set }));
  await mirror();
  const first = differences(source, target).length;
  changeEveryKind(source);
  await mirror();
  return first + differences(source, target).length;
}
