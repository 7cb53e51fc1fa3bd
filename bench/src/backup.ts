import { bothWaysScenario } from './backup/both-ways.js';
import { equalityScenario } from './backup/equality.js';
import { fullDiskScenario } from './backup/full-disk.js';
import { killScenario } from './backup/kill.js';
import { pruneScenario } from './backup/prune.js';
import { backupSmallCacheScenario } from './backup/small-cache.js';
import { backupSmallFilesScenario } from './backup/small-files.js';
import { speedScenario } from './backup/speed.js';
import { runScenarios } from './bars/run-scenarios.js';

await runScenarios({
  name: 'npm run bench:backup',
  scenarios: [equalityScenario, bothWaysScenario, killScenario, fullDiskScenario, pruneScenario, speedScenario, backupSmallFilesScenario, backupSmallCacheScenario],
  results: 'issue5',
  tools: ['losetup', 'fincore', 'restic', 'time'],
  reps: 3,
});
