import type { Compared, ComparedRow } from './comparison.js';
import type { Side } from './setting.js';

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

/** Another program's reads in milliseconds beside each side, and the side's wall time in seconds. */
export function latencyTable(medians: readonly ComparedRow[], p99s: readonly ComparedRow[], walls: readonly ComparedRow[]): string {
  const lines = p99s.flatMap(({ setting, sides }) => {
    const [middle, wall] = [medians, walls].map((rows) => rows.find((row) => row.setting === setting)?.sides ?? {});
    return (Object.keys(sides) as Side[]).map((side) => `| ${side} | ${shown(middle[side])} | ${shown(sides[side])} | ${shown(wall[side], 1)} |`);
  });
  return ["| another program's reads beside | median, ms | p99, ms | wall time, s |", '|---|---|---|---|', ...lines].join('\n');
}

function shown(compared: Compared | undefined, digits = 2): string {
  return compared === undefined ? '-' : compared.value.toFixed(digits);
}
