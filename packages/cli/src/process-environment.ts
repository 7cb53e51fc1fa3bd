import { isatty } from 'node:tty';
import { CORE_VERSION } from '@duet/core/model';
import type { Environment } from './environment.js';
import { processInterrupts } from './interrupts.js';
import { limitEngine, limitHeapOnceLarge } from './engine-limits.js';
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
    version: CORE_VERSION,
    interrupts: processInterrupts(stdout),
    bundledPlugins: BUNDLED_PLUGINS,
    ...(stderrIsTerminal && process.env['TERM'] !== 'dumb' ? { liveTerminal: { stream: process.stderr, columns } } : {}),
    startThreads: async () => (await import('@duet/core/early-threads')).startThreads(),
    openAhead: async (source) => {
      if (source === 'auto' || source === 'tracefs') (await import('@duet/core/trace-ahead')).makeTraceAhead();
    },
    framework: async () => {
      const [{ coreFramework }, { limitMalloc }] = await Promise.all([import('./core-framework.js'), import('@duet/core/kernel/syscalls')]);
      limitEngine();
      limitHeapOnceLarge();
      limitMalloc();
      return coreFramework;
    },
    now: () => Date.now(),
  };
}
