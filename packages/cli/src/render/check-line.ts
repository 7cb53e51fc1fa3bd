import type { Check } from '../doctor/check.js';
import { jsonLine } from './json-line.js';
import { printable } from './printable.js';

/** A check for people: ok or not, what was found, and under it what to do. */
export function checkText({ name, ok, required, detail, hint }: Check): string {
  const mark = ok ? 'ok' : required ? 'FAILED' : 'no';
  const advice = ok || hint === '' ? '' : `${' '.repeat(28)}-> ${printable(hint)}\n`;
  return `  ${mark.padEnd(7)} ${printable(name).padEnd(17)} ${printable(detail)}\n${advice}`;
}

/** The same as a JSON line. */
export function checkJsonLine({ name, ok, detail, hint, required, group }: Check): string {
  return jsonLine({ type: 'check', name, ok, detail, hint, required, group });
}
