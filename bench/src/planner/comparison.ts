import type { ResultsFile } from '../bars/results-file.js';
import { comparedParts } from './setting.js';
import type { Measure, Side } from './setting.js';

/** A figure of one side, and the bound that it is held to. */
export interface Compared {
  readonly value: number;
  readonly bound?: number;
}

/** What the sides came to in one setting. */
export interface ComparedRow {
  readonly setting: string;
  readonly sides: Partial<Record<Side, Compared>>;
}

/** The settings in which a measure was compared, in the order of the results. */
export function comparison(results: ResultsFile, measure: Measure): ComparedRow[] {
  const rows = new Map<string, ComparedRow>();
  for (const { figure, value, bound } of Object.values(results.scenarios).flatMap((scenario) => scenario.figures)) {
    const parts = comparedParts(figure);
    if (parts?.measure !== measure) continue;
    const row = rows.get(parts.setting) ?? { setting: parts.setting, sides: {} };
    row.sides[parts.side] = { value, ...(bound && { bound: bound.value }) };
    rows.set(parts.setting, row);
  }
  return [...rows.values()];
}
