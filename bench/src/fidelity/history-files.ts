import { readFileSync } from 'node:fs';

/** Lines of the histories of all processes, in the order of time. */
export function readHistory(files: readonly string[]): string[] {
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean));
  return lines.sort((a, b) => parseFloat(a) - parseFloat(b));
}

/** The last lines that concern an inode, or all files of a process that moved folders around. */
export function historyOf(lines: readonly string[], ino: number, most: number): string[] {
  const mark = new RegExp(`ino=${ino}(?!\\d)`);
  return lines.filter((line) => mark.test(line)).slice(-most);
}
