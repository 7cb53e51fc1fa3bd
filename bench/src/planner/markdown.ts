import type { Compared, ComparedRow } from './comparison.js';

/** Device reads as the table of the README; `-` where a side was not measured. */
export function readsTable(rows: readonly ComparedRow[]): string {
  const lines = rows.map(({ setting, sides }) => `| ${setting} | ${shown(sides['three peers'])} | ${shown(sides.Duet)} | ${shown(sides.floor)} | ${sides.Duet?.bound?.toFixed(2) ?? '-'} |`);
  return ['| bytes read from the disk / data | three peers | Duet | floor | held to |', '|---|---|---|---|---|', ...lines].join('\n');
}

/** Wall times in seconds, as a table too. */
export function wallsTable(rows: readonly ComparedRow[]): string {
  const lines = rows.map(({ setting, sides }) => `| ${setting} | ${shown(sides['three peers'], 1)} | ${shown(sides.Duet, 1)} | ${shown(sides['slowest task alone'], 1)} |`);
  return ['| wall time, s | three peers | Duet | slowest task alone |', '|---|---|---|---|', ...lines].join('\n');
}

function shown(compared: Compared | undefined, digits = 2): string {
  return compared === undefined ? '-' : compared.value.toFixed(digits);
}
