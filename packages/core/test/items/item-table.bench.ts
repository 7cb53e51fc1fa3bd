/**
 * Page events a second through the item table, added and fetched, on one core.
 * Not a test: run with `node dist/test/items/item-table.bench.js`.
 */
import { eventMask } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';

const FILES = 100;
const PAGES = 2 ** 20;
const ROUNDS = 9;
/** A poll every so many events, as at `fetchIntervalMs` under load. */
const EVENTS_PER_POLL = 65_536;
const DEV = 0x700000;

function listener(): ConstructorParameters<typeof ItemTable>[0] {
  return { unknownInode: () => undefined, stale: () => undefined, suspect: () => undefined, lost: () => undefined };
}

/** Pages told a second: ADDED of all pages of 100 files, file after file or round robin, and REMOVED of all. */
function run(tasks: number, order: number, interleaved: boolean): { pages: number; events: number } {
  const table = new ItemTable(listener());
  const ids = Array.from({ length: tasks }, () => table.register(eventMask(['exists', 'dirty'])));
  for (let i = 0; i < FILES; i++) {
    const slot = table.addFile(DEV, 1000 + i);
    for (const id of ids) table.setRelevant(slot, id, true);
  }
  const folio = 2 ** order;
  const perFile = Math.floor(PAGES / FILES / folio);
  const total = perFile * FILES;
  let fetched = 0;
  let ns = 1;
  const poll = (): void => {
    for (const id of ids) table.fetch(id, Infinity, (_slot, _index, pages) => (fetched += pages));
  };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (const enter of [true, false]) {
      for (let n = 0; n < total; n++) {
        const file = interleaved ? n % FILES : Math.floor(n / perFile);
        const index = (interleaved ? Math.floor(n / FILES) : n % perFile) * folio;
        if (enter) table.added(DEV, 1000 + file, index, folio, ns++);
        else table.removed(DEV, 1000 + file, index, folio, ns++);
        if (n % EVENTS_PER_POLL === 0) poll();
      }
      poll();
    }
    // Time of the processor, so that others on the machine matter less.
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1e6);
  }
  if (fetched !== total * folio * 2 * tasks * ROUNDS) throw new Error(`${fetched} pages fetched, ${total * folio * 2 * tasks * ROUNDS} expected`);
  if (table.chunks !== 0) throw new Error(`${table.chunks} chunks left`);
  const seconds = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  return { events: (total * 2) / seconds, pages: (total * folio * 2) / seconds };
}

const only = process.argv[2];
for (const tasks of only === undefined ? [0, 1, 8] : [Number(only)]) {
  for (const order of [0, 4]) {
    for (const interleaved of [false, true]) {
      const { events, pages } = run(tasks, order, interleaved);
      const million = (n: number): string => (n / 1e6).toFixed(1).padStart(6);
      console.log(`${tasks} tasks, order ${order}, ${interleaved ? 'round robin' : 'sequential '}: ${million(events)} M events/s, ${million(pages)} M pages/s`);
    }
  }
}
