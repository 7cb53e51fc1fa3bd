/**
 * The words of a command as rsync reads them in `--rsh`: separated by spaces;
 * quotes of both kinds keep spaces, and a quote that is doubled within its own
 * kind stands for itself. Undefined if a quote is left open.
 */
export function splitWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < command.length; i++) {
    const char = command[i];
    if (quote !== undefined) {
      if (char !== quote) word += char;
      else if (command[i + 1] === quote) word += command[++i];
      else quote = undefined;
    } else if (char === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= '';
      if (char === '"' || char === "'") quote = char;
      else word += char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** One `--rsh` of these words. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`)).join(' ');
}
