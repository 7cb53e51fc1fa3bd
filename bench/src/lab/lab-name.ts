import { readFileSync } from 'node:fs';

/**
 * Names of everything that a lab makes: `duet-lab-<pid>-<start>-<n>`.
 *
 * The process and its start time (ticks since boot, so that a reused process
 * number is no disguise) say whether the maker still lives: what a killed lab
 * left behind is recognised by its name alone, and nothing else ever is.
 */
const PATTERN = /^duet-lab-(\d+)-(\d+)-(\d+)$/;
let count = 0;

/** A name that nobody else has. */
export function newLabName(): string {
  count += 1;
  return `duet-lab-${process.pid}-${startTicks(process.pid) ?? 0}-${count}`;
}

/** Whether `name` is a lab's whose process is dead. */
export function isLeftover(name: string): boolean {
  const match = PATTERN.exec(name);
  return match !== null && startTicks(Number(match[1])) !== match[2];
}

/** When process `pid` started, in ticks since boot; undefined if there is none. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name, in parentheses, may hold anything: count from the last one. A zombie is dead.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
