import { CommanderError } from 'commander';
import { DuetError, exitCodeOf } from '@duet/core/model';
import { usageError } from './arguments/usage-error.js';
import type { Environment } from './environment.js';
import { PluginCatalog } from './plugins/catalog.js';
import { buildProgram } from './program.js';
import { errorObject, errorText } from './render/error-text.js';
import { jsonLine } from './render/json-line.js';
import { loadPluginModule } from './plugins/load-module.js';
import { pluginModulesIn } from './plugins/module-arguments.js';

/** Runs `duet` with these arguments, writes what it has to say, and resolves to the exit code. Never rejects. */
export async function runCommandLine(argv: readonly string[], environment: Environment): Promise<number> {
  let exitCode: number;
  try {
    exitCode = await dispatch(argv, environment);
  } catch (error) {
    exitCode = report(error, argv, environment);
  }
  try {
    await environment.stdout.flush();
  } catch (error) {
    exitCode = report(error, argv, environment);
  }
  await environment.stderr.flush().catch(() => undefined);
  return exitCode;
}

async function dispatch(argv: readonly string[], environment: Environment): Promise<number> {
  const modules = await Promise.all(pluginModulesIn(argv).map((module) => loadPluginModule(module, environment.folder)));
  const catalog = new PluginCatalog(environment.bundledPlugins, modules);
  let exitCode = 0;
  const program = await buildProgram(argv, environment, catalog, (code) => (exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end this way, with 0.
    if (error.exitCode === 0) return 0;
    // No command at all: its help has been shown.
    if (error.code === 'commander.help') return exitCodeOf(usageError(''));
    throw usageOf(error, argv);
  }
  return exitCode;
}

function report(error: unknown, argv: readonly string[], { stdout, stderr }: Environment): number {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  stderr.write(errorText(error, flags.includes('--verbose') || flags.includes('-v')));
  if (flags.includes('--json')) stdout.write(jsonLine(errorObject(error)));
  return exitCodeOf(error);
}

/** What commander says, in our words: `error: unknown option '--x'\n(Did you mean --y?)`. */
function usageOf(error: CommanderError, argv: readonly string[]): DuetError {
  const [message, ...more] = error.message.replace(/^error: /, '').split('\n');
  const command = argv.find((argument) => !argument.startsWith('-'));
  const known = error.code === 'commander.unknownCommand' || command === undefined ? '' : ` ${command}`;
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1');
  return usageError(message, suggestion || `see 'duet${known} --help'`);
}
