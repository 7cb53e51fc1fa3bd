import { threadsLoaded } from '@duet/core/threads';
import { runCommandLine } from './command-line.js';
import { processEnvironment } from './process-environment.js';

// No `await` at the top level: this file is loaded at once. The promise never rejects.
void runCommandLine(process.argv.slice(2), processEnvironment()).then(async (exitCode) => {
  await threadsLoaded();
  // Everything is written by now; threads of plugins are not waited for.
  process.exit(exitCode);
});
