import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText, openDuet, toDisplay } from '@duet/core';
import type { TaskRequest } from '@duet/core';
import { backup, LocalStorage, Repository } from '@duet/plugin-backup';
import { rsync } from '@duet/plugin-rsync';
import { scrub } from '@duet/plugin-scrub';
import Table from 'cli-table3';
import { filesize } from 'filesize';
import { makeSampleTree } from './sample-tree.js';

const TMPFS = 0x01021994;
const NO_LINES = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const size = (bytes: number): string => filesize(bytes, { standard: 'iec', round: 1 });

// Files in memory would leave nothing to read from a disk.
const parent = [tmpdir(), '/var/tmp', process.cwd()].find((folder) => statfsSync(folder).type !== TMPFS) ?? tmpdir();
const folder = realpathSync(mkdtempSync(join(parent, 'duet-quickstart-')));
const duet = await openDuet({ stateDir: null, plugins: [scrub, backup, rsync] });
try {
  const files = makeSampleTree(join(folder, 'tree'));
  const path = fromText(join(folder, 'tree'));
  console.log(`A tree of ${files.length} files in ${folder}/tree, none of it cached. Watching with ${duet.source}.`);

  // From here on Duet knows what enters the page cache, and that it came from the disk.
  const session = duet.register({ name: 'watch', path, events: ['exists'] });
  await session.ready;

  const read = files.filter((_, i) => i % 2 === 0);
  execFileSync('cat', read.map((file) => join(folder, 'tree', file)), { stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: Infinity });
  console.log(`Another program has read ${read.length} of them.\n`);

  const run = duet.run({ tasks: [{ plugin: 'scrub' }, await newBackup(), ...newMirror()], path });
  const turns: string[] = [];
  run.events$.subscribe((event) => {
    if (event.type === 'unit' && event.task === 'scrub') turns.push(`${toDisplay(event.path)} (${event.reason})`);
    if (event.type === 'problem') console.error(`problem: ${toDisplay(event.path)}: ${event.message}`);
  });
  const { tasks, deviceBytesRead, bytesAlone, exitCode } = await run.done;
  console.log(`What was cached came first: ${turns.slice(0, 2).join(', ')}, … ${turns.at(-1)}.`);
  const table = new Table({ head: ['task', 'files', 'read', 'from cache', 'from disk'], style: { head: [], border: [] }, chars: NO_LINES });
  for (const task of tasks) table.push([task.task, task.filesDone, size(task.bytes), size(task.bytesFromCache), size(task.bytesFromDisk)]);
  console.log(table.toString());
  const fromDisk = tasks.reduce((sum, task) => sum + task.bytesFromDisk, 0);
  if (bytesAlone > 0) console.log(`\nOne after the other they would have read ${size(bytesAlone)}; ${size(fromDisk)} came from the disk: ${Math.round((1 - fromDisk / bytesAlone) * 100)} % saved.`);
  if (deviceBytesRead !== null) console.log(`The block device read ${size(deviceBytesRead)} meanwhile, for everybody.`);
  process.exitCode = exitCode;
} finally {
  await duet.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A backup to a new repository, which restic could open too. */
async function newBackup(): Promise<TaskRequest> {
  const [repo, passwordFile] = [join(folder, 'repository'), join(folder, 'password')];
  const password = randomBytes(16).toString('hex');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  await Repository.init(LocalStorage.create(repo), password);
  return { plugin: 'backup', config: { repo, passwordFile } };
}

/** A mirror in a folder, where there is an rsync. */
function newMirror(): TaskRequest[] {
  if (spawnSync('rsync', ['--version'], { stdio: 'ignore' }).status === 0) return [{ plugin: 'rsync', config: { target: join(folder, 'mirror') } }];
  console.log('There is no rsync on this machine: without a mirror.');
  return [];
}
