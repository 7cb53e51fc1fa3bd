import { runScenarios } from './bars/run-scenarios.js';
import { coldScenario } from './mirror/cold.js';
import { equalityScenario } from './mirror/equality.js';
import { killScenario } from './mirror/kill.js';
import { smallCacheScenario } from './mirror/small-cache.js';
import { smallFilesScenario, speedScenario } from './mirror/speed.js';

await runScenarios({
  name: 'npm run bench:rsync',
  scenarios: [equalityScenario, coldScenario, smallCacheScenario, speedScenario, smallFilesScenario, killScenario],
  results: 'issue6-rsync',
  tools: ['losetup', 'fincore', 'rsync', 'sshd', 'setfacl', 'setfattr'],
  reps: 5,
});
