import { holds } from '../bars/figures.js';
import type { Bound, Figure } from '../bars/figures.js';

/** Figures of a run: printed as they come, or as JSON at the end. */
export class Report {
  readonly figures: Figure[] = [];
  readonly #print: (line: string) => void;
  #scenario = '';

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get missed(): boolean {
    return this.figures.some((figure) => figure.pass === false);
  }

  /** Figures that follow belong to this scenario. */
  begin(scenario: string): void {
    this.#scenario = scenario;
  }

  /** A figure that is held to a bound. */
  bar(figure: string, value: number, unit: string, is: Bound['is'], bound: number): void {
    this.#add({ scenario: this.#scenario, figure, value, unit, bound: { is, value: bound }, pass: holds(value, { is, value: bound }) });
  }

  /** A figure that explains others. */
  note(figure: string, value: number, unit: string): void {
    this.#add({ scenario: this.#scenario, figure, value, unit });
  }

  #add(figure: Figure): void {
    this.figures.push(figure);
    const bound = figure.bound ? `${figure.bound.is} ${figure.bound.value}` : '';
    const verdict = figure.pass === undefined ? '' : figure.pass ? 'OK' : 'MISSED';
    const value = `${short(figure.value)} ${figure.unit}`;
    this.#print(`${figure.scenario.padEnd(12)}${figure.figure.padEnd(66)}${value.padStart(18)}  ${bound.padEnd(9)}${verdict}`.trimEnd());
  }
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** One measurement of the event path. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  run(report: Report, reps: number): Promise<void>;
}
