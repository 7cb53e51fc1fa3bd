import { readFileSync, statSync } from 'node:fs';

/** Whether the system swaps to an open file. */
export function isSwap(fd: number): boolean {
  const own = statSync(`/proc/self/fd/${fd}`);
  return swapFiles(readSwaps()).some((path) => {
    try {
      const swap = statSync(path);
      return swap.dev === own.dev && swap.ino === own.ino;
    } catch {
      return false;
    }
  });
}

/** Paths of the files, not the partitions, in the text of /proc/swaps: blanks and the like stand there as octal numbers. */
export function swapFiles(text: string): Buffer[] {
  const paths = text.split('\n').map((line) => /^(\S+)\s+file\s/.exec(line)?.[1]);
  return paths.filter((path) => path !== undefined).map((path) => Buffer.from(path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), 'latin1'));
}

function readSwaps(): string {
  try {
    return readFileSync('/proc/swaps', 'latin1');
  } catch {
    return '';
  }
}
