import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText, openDuet, toDisplay } from '@duet/core';
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
const duet = await openDuet({ stateDir: null, plugins: [scrub] });
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

  const run = duet.run({ tasks: [{ plugin: 'scrub' }], path });
  const units = new Table({ head: ['', 'why now', 'file', 'size', 'from cache'], style: { head: [], border: [] }, chars: NO_LINES });
  let turn = 0;
  run.events$.subscribe((event) => {
    if (event.type === 'unit') units.push([++turn, event.reason, toDisplay(event.path), size(event.bytes), size(event.cachedBytes)]);
    if (event.type === 'problem') console.error(`problem: ${toDisplay(event.path)}: ${event.message}`);
  });
  const { tasks, deviceBytesRead, bytesAlone, exitCode } = await run.done;
  const [task] = tasks;
  console.log(units.toString());
  console.log(`\nScrubbed ${task.filesDone} files, ${size(task.bytes)}: ${size(task.bytesFromCache)} came from the page cache, ${size(task.bytesFromDisk)} from the disk.`);
  if (bytesAlone > 0) console.log(`Reading without Duet could have taken all ${size(bytesAlone)} from the disk: ${Math.round((task.bytesFromCache / bytesAlone) * 100)} % saved.`);
  if (deviceBytesRead !== null) console.log(`The block device read ${size(deviceBytesRead)} meanwhile, for everybody.`);
  process.exitCode = exitCode;
} finally {
  await duet.close();
  rmSync(folder, { recursive: true, force: true });
}
