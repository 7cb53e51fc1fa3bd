/**
 * The values of `--plugin` among the arguments, wherever they stand.
 *
 * Read before the rest: the plugins that they name have commands of their own,
 * which the command line may use.
 */
export function pluginModulesIn(argv: readonly string[]): string[] {
  const modules: string[] = [];
  for (let i = 0; i < argv.length && argv[i] !== '--'; i += 1) {
    const argument = argv[i];
    if (argument.startsWith('--plugin=')) modules.push(argument.slice('--plugin='.length));
    // A value that is missing is the parser's to complain about.
    else if (argument === '--plugin' && argv[i + 1] !== undefined) modules.push(argv[(i += 1)]);
  }
  return [...new Set(modules)];
}

/** Whether the arguments call the command of that name, or its help. Options may stand before it. */
export function isAbout(argv: readonly string[], command: string): boolean {
  const words: string[] = [];
  for (let i = 0; i < argv.length && words.length < 2; i += 1) {
    const argument = argv[i];
    if (argument === '--plugin' || argument === '--state') i += 1;
    else if (!argument.startsWith('-')) words.push(argument);
  }
  return words[0] === command || (words[0] === 'help' && words[1] === command);
}
