import { coldScenario } from './bars/cold.js';
import { halfCachedScenario } from './bars/half-cached.js';
import { killScenario } from './bars/kill.js';
import { noRootScenario } from './bars/no-root.js';
import { randomReaderScenario } from './bars/random-reader.js';
import { rotScenario } from './bars/rot.js';
import { runScenarios } from './bars/run-scenarios.js';
import { smallCacheFilledScenario } from './bars/small-cache-filled.js';
import { smallFilesScenario } from './bars/small-files.js';

await runScenarios({
  name: 'npm run bars -w bench',
  scenarios: [
    coldScenario,
    halfCachedScenario,
    smallCacheFilledScenario,
    randomReaderScenario,
    smallFilesScenario,
    killScenario,
    rotScenario,
    noRootScenario,
  ],
  results: 'issue2',
  tools: ['losetup', 'fincore', 'find', 'xargs', 'sha256sum'],
  reps: 5,
});
