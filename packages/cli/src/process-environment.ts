import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Environment } from './environment.js';
import { processInterrupts } from './interrupts.js';
import { loadAtOnce } from './load-at-once.js';
import { FdWritable } from './output/fd-writable.js';
import { Output } from './output/output.js';
import { BUNDLED_PLUGINS } from './plugins/bundled.js';

/** The world as this process finds it. */
export function processEnvironment(): Environment {
  const stdoutIsTerminal = isatty(1);
  const stderrIsTerminal = process.stderr.isTTY === true;
  // A pseudo-terminal that nobody gave a size says 0.
  const columns = (): number => process.stderr.columns || 80;
  const stdout = new Output(new FdWritable(1), {
    isTerminal: stdoutIsTerminal,
    columns: (stdoutIsTerminal && process.stdout.columns) || 80,
  });
  return {
    stdout,
    stderr: new Output(process.stderr, { isTerminal: stderrIsTerminal, columns: columns() }),
    stdin: process.stdin,
    variables: process.env,
    uid: process.geteuid?.() ?? 0,
    folder: process.cwd(),
    version: versionOfPackage(),
    interrupts: processInterrupts(stdout),
    bundledPlugins: BUNDLED_PLUGINS,
    ...(stderrIsTerminal && process.env['TERM'] !== 'dumb' ? { liveTerminal: { stream: process.stderr, columns } } : {}),
    startThreads: async () => (await import('@duet/core/early-threads')).startThreads(),
    framework: async () => (loadAtOnce('./core-framework.js') as typeof import('./core-framework.js')).coreFramework,
    now: () => Date.now(),
  };
}

function versionOfPackage(): string {
  // From dist/src, where the compiled file is.
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
