import './small-heap.js';
import { runCommandLine } from './command-line.js';
import { processEnvironment } from './process-environment.js';

const exitCode = await runCommandLine(process.argv.slice(2), processEnvironment());
// Everything is written by now; threads of plugins are not waited for.
process.exit(exitCode);
