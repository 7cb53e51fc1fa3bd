import { zipf } from './foreground.js';
import type { Foreground } from './foreground.js';
import { parseTask } from './task-spec.js';
import type { TaskSpec } from './task-spec.js';

/** What is simulated by name. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly tasks: readonly TaskSpec[];
  readonly foreground?: Foreground;
  /** Whether all that matters was declared at the start, so that a planner can come close to the optimum, which knows the future. */
  readonly isDeclared: boolean;
}

/** Eight tasks of unequal size and speed; a full read of 10 TiB at 200 MB/s takes 15 hours. */
const EIGHT = specs(
  'sample  speed=500 share=0.02 deadline=4h',
  'index   speed=400 to=0.1 deadline=12h',
  'verify  speed=300 from=0.05 to=0.3 deadline=1d',
  'balance speed=250 share=0.5 deadline=2d',
  'scrub   speed=400 deadline=4d',
  'backup  speed=120 deadline=1w',
  'dedup   speed=90 from=0.5 deadline=2w',
  'mirror  speed=100 deadline=3w',
);

export const SCENARIOS: readonly Scenario[] = [
  { name: 'deadlines', summary: 'eight tasks, deadlines from four hours to three weeks', tasks: EIGHT, isDeclared: true },
  { name: 'foreground', summary: 'the same beside applications that read by a Zipf law, 20 MB/s', tasks: EIGHT, foreground: zipf(20e6, 1), isDeclared: false },
  {
    name: 'joins',
    summary: 'four tasks that start one after the other; the planner does not know that they will',
    tasks: specs('scrub speed=400 deadline=4d', 'backup speed=120 start=8h deadline=5d', 'verify speed=300 from=0.3 start=1d deadline=4d', 'mirror speed=100 start=40h deadline=1w'),
    isDeclared: false,
  },
  {
    name: 'overload',
    summary: 'deadlines of which some cannot be met',
    tasks: specs('index speed=400 to=0.2 deadline=4h', 'sample speed=500 from=0.4 to=0.8 share=0.5 deadline=6h', 'verify speed=300 from=0.6 deadline=8h', 'scrub speed=400 deadline=1d', 'backup speed=120 deadline=1w'),
    isDeclared: false,
  },
];

function specs(...texts: readonly string[]): TaskSpec[] {
  return texts.map((text) => parseTask(text) as TaskSpec);
}
