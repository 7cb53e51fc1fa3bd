import { runScenarios } from './bars/run-scenarios.js';
import { allScenario } from './defrag/all.js';
import { halfCachedScenario } from './defrag/half-cached.js';
import { STOCK_TOOLS } from './defrag/stock-tool.js';

await runScenarios({
  name: 'npm run bench:defrag',
  scenarios: [allScenario, halfCachedScenario],
  results: 'issue6-defrag',
  tools: ['losetup', 'fincore', 'xargs', 'sha256sum', 'filefrag'],
  fsTools: STOCK_TOOLS,
  fileSystems: ['ext4', 'xfs', 'btrfs'],
  ownDisks: true,
  reps: 1,
});
