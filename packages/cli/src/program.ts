import { Argument, Command, Option } from 'commander';
import { EVENT_NAMES, eventMask } from '@duet/core/model';
import type { EventName, Plugin } from '@duet/core';
import { bytesOption, countOption, durationOption, percentOption } from './arguments/number-option.js';
import { parseSetting } from './arguments/set-option.js';
import type { Environment } from './environment.js';
import * as help from './help-text.js';
import { Invocation } from './invocation.js';
import { declarePluginCommands } from './plugins/declare-commands.js';
import type { PluginCatalog } from './plugins/catalog.js';
import { isAbout } from './plugins/module-arguments.js';

const COMMON_OPTIONS = 'Common options:';

/** What runs a command: its arguments, its options, and what all commands share. Resolves to the exit code. */
type Action = (operands: readonly string[], options: never, invocation: Invocation) => Promise<number>;

/**
 * The command line: all commands with their options and help.
 *
 * Of the plugins only those that `argv` speaks of are loaded. `setExitCode`
 * takes what the command that ran resolved to.
 */
export async function buildProgram(
  argv: readonly string[],
  environment: Environment,
  catalog: PluginCatalog,
  setExitCode: (exitCode: number) => void,
): Promise<Command> {
  const program = new Command('duet');
  program
    .description('Storage maintenance that shares its reads: files in the page cache first, cold ones once for all tasks.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      // Errors become DuetErrors; only the help for no command at all comes this way.
      writeErr: (text) => environment.stderr.write(text),
      outputError: () => undefined,
    })
    .configureHelp({ helpWidth: Math.min(environment.stdout.columns, 120) })
    .showSuggestionAfterError(true)
    .helpCommand('help [command]', 'show the help of a command');
  const declare = (command: Command, action: Action): void => {
    common(command, environment.version).action(async (...input: unknown[]) => {
      const operands = input.slice(0, -2).flat() as string[];
      const options = command.optsWithGlobals();
      setExitCode(await action(operands, options as never, new Invocation(environment, catalog, options)));
    });
  };

  common(program, environment.version).addHelpText('after', help.PROGRAM);

  declare(
    add(program, 'run', 'one cycle of one or more tasks')
      .argument('<task...>', `plugins to run: ${catalog.list().map(({ name }) => name).join(', ')}`)
      .requiredOption('--path <path>', 'file or folder to work on')
      .addOption(new Option('--set <task.option=value>', 'an option of a task; repeatable').argParser(collect(parseSetting)).default([], 'none'))
      .addOption(excludeOption())
      .addOption(new Option('--deadline <duration>', 'when the tasks should be done, from now, such as 8h').argParser(durationOption('--deadline')))
      .option('--dry-run', 'say what would be done; read and write nothing')
      .option('--explain', 'say of each unit why it came now, and what else there was')
      .addOption(sourceOption())
      .addOption(new Option('--order <order>', 'cached: files in the page cache first, then by place on the disk; path: by name').choices(['cached', 'path']).default('cached'))
      .option('--keep-cache', 'leave in the page cache what the run brought in; default: what no task needs any more is dropped, and only that')
      .addOption(new Option('--io-pressure <percent>', 'how much of the time others may wait for the disk: as they wait more, less is read; 0: no pace').argParser(percentOption('--io-pressure')).default(20))
      .addOption(new Option('--bandwidth <bytes>', 'most bytes read from the disk in a second, such as 50M; default: no bound').argParser(bytesOption('--bandwidth')))
      .option('--reset', 'begin the cycle anew: forget what interrupted runs did')
      .addHelpText('after', help.RUN + (await optionsHelp(argv, catalog))),
    async (tasks, options, invocation) => (await import('./commands/run.js')).runCommand(tasks, options, invocation),
  );

  declare(
    add(program, 'watch', 'print page events under a path')
      .argument('<path>', 'file or folder to watch')
      .addOption(
        new Option('--events <list>', `some of ${EVENT_NAMES.join(', ')}; a state (exists, modified) excludes the events that make it up`)
          .argParser(parseEvents)
          .default(['added', 'removed', 'dirty', 'flushed'], 'added,removed,dirty,flushed'),
      )
      .option('--paths', 'print absolute paths; default: relative to the path watched')
      .addOption(excludeOption())
      .addOption(new Option('--interval <ms>', 'how often to fetch, in milliseconds').argParser(durationOption('--interval', 1)).default(10))
      .addOption(new Option('--duration <s>', 'how long to watch, in seconds; default: until interrupted').argParser(durationOption('--duration', 1000)))
      .addOption(sourceOption().choices(['auto', 'tracefs', 'cachestat']))
      .addOption(new Option('--record <file>', 'record the page events for --replay, tests and bug reports'))
      .addOption(new Option('--replay <file>', 'take the page events from a recorded trace').conflicts(['record', 'source']))
      .addHelpText('after', help.WATCH),
    async ([path], options, invocation) => (await import('./commands/watch.js')).watchCommand(path, options, invocation),
  );

  declare(
    add(program, 'residency', 'pages cached and dirty, per file')
      .argument('<path...>', 'files and folders; - reads a list of them from stdin, one a line')
      .addOption(new Option('--sort <order>', 'most resident first, largest first, or by path; default: as found').choices(['resident', 'size', 'path']))
      .addOption(new Option('--limit <n>', 'print at most so many files').argParser(countOption('--limit', 1)))
      .option('--cached-only', 'leave out files with nothing in the cache')
      .addOption(excludeOption())
      .option('-0, --null', 'the list on stdin is separated by NUL, as find -print0 writes it')
      .addHelpText('after', help.RESIDENCY),
    async (paths, options, invocation) => (await import('./commands/residency.js')).residencyCommand(paths, options, invocation),
  );

  declare(add(program, 'doctor', 'what this machine offers, why not, and what to do').addHelpText('after', help.DOCTOR), async (_, __, invocation) =>
    (await import('./commands/doctor.js')).doctorCommand(invocation),
  );
  declare(add(program, 'status', 'what the tasks are doing, and how far they are').addHelpText('after', help.STATUS), async (_, __, invocation) =>
    (await import('./commands/status.js')).statusCommand(invocation),
  );
  declare(add(program, 'tasks', 'the tasks that have run, and where').addHelpText('after', help.TASKS), async (_, __, invocation) =>
    (await import('./commands/tasks.js')).tasksCommand(invocation),
  );
  declare(
    taskCommand(program, 'items', 'cached pages of files that a task has not done yet').addHelpText('after', help.ITEMS),
    async ([task], options, invocation) => (await import('./commands/items.js')).itemsCommand(task, options, invocation),
  );
  declare(
    taskCommand(program, 'bitmap', 'which files a task has done in this cycle').addHelpText('after', help.BITMAP),
    async ([task], options, invocation) => (await import('./commands/bitmap.js')).bitmapCommand(task, options, invocation),
  );

  for (const { name, summary } of catalog.list()) {
    const parent = common(program.command(name).description(`commands of the ${name} plugin (${summary})`), environment.version);
    if (!isAbout(argv, name)) continue;
    const plugin = await catalog.load(name);
    declarePluginCommands(plugin, {
      add: (commandName, description) => add(parent, commandName, description),
      declare: (command, run) => declare(command, async (_, __, invocation) => run(invocation)),
      parent,
    });
  }
  return program;

  function add(parent: Command, name: string, description: string): Command {
    return parent.command(name).description(description);
  }

  function taskCommand(parent: Command, name: string, description: string): Command {
    return add(parent, name, description)
      .addArgument(new Argument('<task>', "name of a task, as 'duet tasks' lists it"))
      .option('--path <path>', 'the task on this path; default: on all its paths');
  }
}

/** Options that every command takes; added last, so that help shows a command's own first. */
function common(command: Command, version: string): Command {
  const options = [
    new Option('--state <dir>', 'folder of the state database; default: DUET_STATE_DIR, else /var/lib/duet for root, $XDG_STATE_HOME/duet for others'),
    new Option('--plugin <module>', 'add a plugin: a path or the name of a package; repeatable').argParser(collect((module: string) => module)),
    new Option('--json', 'one JSON object a line on stdout'),
    new Option('-q, --quiet', 'results and errors only').conflicts('verbose'),
    new Option('-v, --verbose', 'more messages; with run --json a line for each unit'),
  ];
  for (const option of options) command.addOption(option.helpGroup(COMMON_OPTIONS));
  command.optionsGroup(COMMON_OPTIONS).version(version, '-V, --version', 'show the version');
  return command.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(COMMON_OPTIONS));
}

function sourceOption(): Option {
  return new Option('--source <source>', 'where page events come from: tracefs (exact, root), cachestat (sweeps, any user), none')
    .choices(['auto', 'tracefs', 'cachestat', 'none'])
    .default('auto');
}

function excludeOption(): Option {
  return new Option('--exclude <glob>', 'leave out what matches, relative to the path; without a slash a name at any depth; repeatable')
    .argParser(collect((glob: string) => glob))
    .default([], 'none');
}

/** An argument parser that keeps the values of a repeated option. */
function collect<T>(parse: (text: string) => T): (text: string, before: readonly T[] | undefined) => T[] {
  return (text, before) => [...(before ?? []), parse(text)];
}

function parseEvents(text: string): EventName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase()).filter((name) => name !== '') as EventName[];
  eventMask(names);
  return [...new Set(names)];
}

/** The plugins' options, for `duet run --help`. */
async function optionsHelp(argv: readonly string[], catalog: PluginCatalog): Promise<string> {
  if (!argv.includes('run') || !argv.some((argument) => ['-h', '--help', 'help'].includes(argument))) return '';
  const { optionLines } = await import('./plugins/option-schema.js');
  const texts = (await catalog.loadAll()).map((plugin: Plugin) => {
    const lines = optionLines(plugin).map((line) => `  ${plugin.name}.${line}`);
    return `\nOptions of ${plugin.name} (${plugin.summary}), for --set:\n${lines.join('\n')}\n`;
  });
  return texts.join('');
}

