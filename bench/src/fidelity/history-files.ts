import { readFileSync } from 'node:fs';

/** Lines of the histories of all processes, in the order of time. */
export function readHistory(files: readonly string[]): string[] {
  return inOrder(files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean)));
}

/** Lines begin with their time. */
export function inOrder(lines: readonly string[]): string[] {
  return lines.toSorted((a, b) => parseFloat(a) - parseFloat(b));
}

/** The last lines that concern an inode. */
export function historyOf(lines: readonly string[], ino: number, most: number): string[] {
  const mark = new RegExp(`ino=${ino}(?!\\d)`);
  return lines.filter((line) => mark.test(line)).slice(-most);
}
