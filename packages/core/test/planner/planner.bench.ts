/**
 * Time a decision (`next` and `settle`) and memory of a planner with ten
 * million units and eight tasks of unequal speed. Not a test: run with
 * `node --expose-gc dist/test/planner/planner.bench.js [UNITS] [shuffled]`.
 */
import { memoryUsage } from 'node:process';
import { Planner } from '../../src/planner/index.js';
import type { Pick } from '../../src/planner/index.js';

const UNITS = Number(process.argv[2] ?? 10e6);
const SHUFFLED = process.argv[3] === 'shuffled';
const TASKS = 8;
const MIB = 2 ** 20;
const BUDGET_BYTES = 1024 * MIB;

const { gc } = globalThis as { gc?: () => void };
if (gc === undefined) throw new Error('run it with --expose-gc');

/** Bytes that the process takes, those of typed arrays included. */
function processBytes(): number {
  for (let i = 0; i < 4; i++) gc?.();
  const { rss, heapTotal, heapUsed } = memoryUsage();
  // What the heap has beyond what is used comes and goes.
  return rss - heapTotal + heapUsed;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A number from 0 to 1, the same in each run. */
let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

const before = processBytes();
const planner = new Planner({ order: 'cached' });
planner.setBudget(BUDGET_BYTES);
const tasks = Array.from({ length: TASKS }, () => planner.addTask());
const startMs = cpuMs();
for (let slot = 0; slot < UNITS; slot++) {
  planner.addFile(slot, MIB, 0, SHUFFLED ? Math.floor(random() * 2 ** 40) : slot * MIB);
  for (const task of tasks) planner.need(slot, task);
}
planner.allowCold();
const filledMs = cpuMs();
const filled = processBytes();
console.log(`${UNITS / 1e6} million units, ${TASKS} tasks, ${SHUFFLED ? 'anywhere on the disk' : 'in on-disk order'}`);
console.log(`filling:  ${(((filledMs - startMs) * 1000) / UNITS).toFixed(2)} µs a unit; ${((filled - before) / UNITS).toFixed(0)} bytes a unit`);

/** Picks in process, oldest first, a few a task: the slower a task, the longer they stay. */
const busy: Pick[][] = tasks.map(() => []);
let most = filled;
let decisions = 0;
let pages = 0;
let nowMs = 0;
const total = UNITS * TASKS;
const pagesMs = { spent: 0 };
const beginMs = cpuMs();
let noted = total / 4;
while (decisions < total) {
  nowMs += 1;
  for (const [i, task] of tasks.entries()) {
    // Task 0 is the slowest, by turns.
    if (random() * TASKS > i + 2 && busy[i].length > 0) continue;
    while (busy[i].length < 4) {
      const pick = planner.next(task, nowMs);
      if (pick === undefined) break;
      busy[i].push(pick);
      if (pick.reason === 'cold') {
        // The pages come, as the events would tell.
        planner.pagesChanged(pick.unit, 0, 256, 1);
        pages++;
      }
    }
    const done = busy[i].shift();
    if (done === undefined) continue;
    planner.settle(done, task, 'settled', nowMs);
    decisions++;
  }
  if (decisions > noted) {
    noted += total / 4;
    most = Math.max(most, processBytes());
  }
}
const spentMs = cpuMs() - beginMs - pagesMs.spent;
console.log(`deciding: ${((spentMs * 1000) / total).toFixed(2)} µs a decision; at most ${((most - before) / UNITS).toFixed(0)} bytes a unit`);
console.log(`read ${(pages / UNITS).toFixed(4)} times`);
