import { PAGE_BYTES } from '../../src/model/index.js';
import type { Declaration, Grain, Outcome } from '../../src/planner/index.js';

interface ModelUnit {
  readonly number: number;
  readonly slot: number;
  readonly place: number;
  readonly bytes: number;
  readonly physical: number;
  resident: number;
  readonly needed: Set<number>;
  readonly busy: Set<number>;
  /** Pages that the run brings in; 0: not admitted. */
  brought: number;
  admitted: number;
}

interface ModelTask {
  readonly number: number;
  readonly stride: number | ((slot: number) => number);
  readonly inOrder: boolean | ((slot: number) => boolean);
  live: boolean;
  deadlineMs: number;
  declaredMs: number;
  files: number;
  bytes: number;
  readonly pace: ModelPace;
}

export interface ModelPick {
  readonly unit: number;
  readonly count: number;
  readonly reason: string;
}

const guess = (bytes: number, units: number): number => bytes / 30_000 + units * 10;
const count = <T>(all: Iterable<T>, is: (one: T) => boolean): number => [...all].filter(is).length;
const total = (all: readonly ModelUnit[], of: (unit: ModelUnit) => number): number => all.reduce((sum, unit) => sum + of(unit), 0);

/** Stretches of time in which something was under way, and what was guessed of what ended. */
class ModelPace {
  readonly stretches: { from: number; to: number }[] = [];
  guessed = 0;
  lastEnd = 0;

  begin(now: number): { from: number; to: number } {
    const stretch = { from: now, to: Infinity };
    this.stretches.push(stretch);
    return stretch;
  }

  end(stretch: { from: number; to: number }, now: number, bytes: number, units: number): void {
    stretch.to = this.lastEnd = now;
    this.guessed += guess(bytes, units);
  }

  time(bytes: number, units: number): number {
    let busy = 0;
    let until = -Infinity;
    for (const { from, to } of this.stretches.toSorted((a, b) => a.from - b.from)) {
      const end = Math.min(to, this.lastEnd);
      busy += Math.max(end - Math.max(from, until), 0);
      until = Math.max(until, end);
    }
    return guess(bytes, units) * (busy < 1000 ? 1 : busy / this.guessed);
  }
}

/** The planner as a list of units that is searched from end to end. */
export class PlannerModel {
  readonly units: ModelUnit[] = [];
  readonly tasks: ModelTask[] = [];
  readonly consumed: number[] = [];
  readonly picks = new Map<ModelPick, { task: number; ends: ((now: number, bytes: number) => void)[] }>();
  coldAllowed = false;
  budget = Infinity;
  learned = Infinity;
  headroom = Infinity;
  readonly #cached: boolean;
  readonly #disk = new ModelPace();
  #admissions = 0;
  #idle = new Set<number>();
  #weighAt = -Infinity;
  #demanding = new Set<number>();
  #leading = new Set<number>();
  #pressing = new Set<number>();

  constructor(order: 'cached' | 'given') {
    this.#cached = order === 'cached';
  }

  get outstanding(): number {
    return total(this.units, (unit) => unit.brought * PAGE_BYTES);
  }

  addTask({ units = 1, inOrder = false }: Grain): void {
    this.tasks.push({ number: this.tasks.length, stride: units, inOrder, live: true, deadlineMs: Infinity, declaredMs: 0, files: Infinity, bytes: Infinity, pace: new ModelPace() });
    this.#weighAt = -Infinity;
  }

  removeTask(task: number): void {
    this.tasks[task].live = false;
    for (const unit of this.units) this.drop(unit.number, task);
    this.#weighAt = -Infinity;
  }

  declare(task: number, { deadlineMs = Infinity, needed = {} }: Declaration, now: number): void {
    const { files = Infinity, bytes = Infinity } = needed;
    Object.assign(this.tasks[task], { deadlineMs, declaredMs: now, files, bytes });
    if (this.#hasEnough(task)) for (const unit of this.units) this.drop(unit.number, task);
    this.#weighAt = -Infinity;
  }

  addFile(slot: number, size: number, segmentBytes: number, physical: number): void {
    const pieces = segmentBytes === 0 ? 1 : Math.max(Math.ceil(size / segmentBytes), 1);
    for (let place = 0; place < pieces; place++) {
      const offset = place * segmentBytes;
      const bytes = segmentBytes === 0 ? size : Math.min(size - offset, segmentBytes);
      this.units.push({ number: this.units.length, slot, place, bytes, physical: physical + offset, resident: 0, needed: new Set(), busy: new Set(), brought: 0, admitted: 0 });
    }
  }

  need(unit: number, task: number): void {
    if (!this.tasks[task].live || this.#hasEnough(task) || this.units[unit].needed.has(task)) return;
    this.units[unit].needed.add(task);
    this.#idle.clear();
  }

  drop(unit: number, task: number): void {
    if (!this.units[unit].busy.has(task)) this.#leave(this.units[unit], task);
  }

  pagesChanged(slot: number, index: number, pages: number, sign: 1 | -1): void {
    const file = this.units.filter((unit) => unit.slot === slot);
    const segment = file.length > 1 ? file[0].bytes / PAGE_BYTES : Infinity;
    for (const unit of file) {
      const from = unit.place === 0 ? 0 : unit.place * segment;
      const to = unit === file.at(-1) ? Infinity : from + segment;
      const here = Math.max(Math.min(index + pages, to) - Math.max(index, from), 0);
      if (here === 0) continue;
      unit.resident = Math.max(unit.resident + sign * here, 0);
      if (!this.#cached || sign > 0 || unit.brought === 0 || this.#waiting(unit).length === 0) continue;
      if (this.outstanding <= Math.min(this.budget, this.learned)) this.learned = Math.max(this.outstanding * 0.75, unit.bytes);
      if (unit.resident === 0 && unit.busy.size === 0) unit.brought = 0;
    }
  }

  next(number: number, now: number): ModelPick | undefined {
    const task = this.tasks[number];
    if (!this.units.some((unit) => unit.needed.has(number))) return undefined;
    this.#weigh(now);
    let found = this.#find(task, false);
    if (found === undefined) {
      this.#idle.add(number);
      const stuck = this.picks.size === 0 && this.tasks.every((one) => this.#idle.has(one.number) || !this.units.some((unit) => unit.needed.has(one.number)));
      if (!stuck) return undefined;
      this.#weighAt = -Infinity;
      this.#weigh(now);
      found = this.#find(task, true);
    }
    if (found === undefined) return undefined;
    const extent = this.#extent(found, task);
    const kind = this.#kind(found);
    const pick = { unit: extent[0].number, count: extent.length, reason: kind === 'partial' ? 'cached' : kind };
    for (const unit of extent) {
      unit.busy.add(number);
      if (!this.#cached || unit.brought > 0) continue;
      const missing = this.#missing(unit);
      if (missing === 0) continue;
      unit.brought = missing;
      unit.admitted = ++this.#admissions;
      this.headroom = Math.max(this.headroom - missing * PAGE_BYTES, 0);
    }
    const ends: ((now: number, bytes: number) => void)[] = [];
    for (const pace of pick.reason === 'cached' ? [] : pick.reason === 'cold' ? [task.pace, this.#disk] : [task.pace]) {
      const stretch = pace.begin(now);
      ends.push((end, bytes) => pace.end(stretch, end, bytes, pick.count));
    }
    this.picks.set(pick, { task: number, ends });
    this.#idle.clear();
    return pick;
  }

  settle(pick: ModelPick, outcome: Outcome, now: number): void {
    const { task: number, ends } = this.picks.get(pick)!;
    const task = this.tasks[number];
    this.picks.delete(pick);
    const extent = this.units.slice(pick.unit, pick.unit + pick.count);
    for (const unit of extent) {
      unit.busy.delete(number);
      if (outcome !== 'again' || !task.live) this.#leave(unit, number);
    }
    const bytes = total(extent, (unit) => unit.bytes);
    for (const end of ends) end(now, bytes);
    this.#idle.clear();
    if (outcome !== 'settled' || (task.files === Infinity && task.bytes === Infinity)) return;
    task.bytes -= bytes;
    if (!this.units.some((unit) => unit.slot === extent[0].slot && unit.needed.has(number))) task.files--;
    if (this.#hasEnough(number)) for (const unit of this.units) this.drop(unit.number, number);
  }

  #flexible(task: ModelTask): boolean {
    return task.files < Infinity || task.bytes < Infinity;
  }

  #hasEnough(number: number): boolean {
    const task = this.tasks[number];
    return this.#flexible(task) && [task.files, task.bytes].every((left) => left === Infinity || left <= 0);
  }

  #leave(unit: ModelUnit, task: number): void {
    if (!unit.needed.delete(task) || unit.needed.size > 0 || unit.brought === 0) return;
    if (this.learned < Infinity) this.learned += (unit.brought * PAGE_BYTES) / 8;
    if (this.learned >= this.budget) this.learned = Infinity;
    unit.brought = 0;
    this.consumed.push(unit.number);
  }

  #missing(unit: ModelUnit): number {
    return Math.max(Math.ceil(unit.bytes / PAGE_BYTES) - unit.resident, 0);
  }

  #kind(unit: ModelUnit): 'cached' | 'partial' | 'inflight' | 'cold' {
    if (!this.#cached) return 'cold';
    if (unit.brought > 0) return 'inflight';
    if (unit.resident === 0) return 'cold';
    return this.#missing(unit) === 0 ? 'cached' : 'partial';
  }

  #waiting(unit: ModelUnit): number[] {
    return [...unit.needed].filter((task) => !unit.busy.has(task));
  }

  #isOpen(unit: ModelUnit, task: ModelTask): boolean {
    if (!unit.needed.has(task.number) || unit.busy.has(task.number)) return false;
    return !(typeof task.inOrder === 'boolean' ? task.inOrder : task.inOrder(unit.slot)) || !this.units.some((one) => one.slot === unit.slot && one.place < unit.place && one.needed.has(task.number));
  }

  /** The units of this kind that somebody may take. */
  #of(...kinds: string[]): ModelUnit[] {
    return this.units.filter((unit) => kinds.includes(this.#kind(unit)) && this.tasks.some((task) => this.#isOpen(unit, task)));
  }

  #mostly(unit: ModelUnit): boolean {
    return unit.resident * 2 >= Math.ceil(unit.bytes / PAGE_BYTES);
  }

  #extent(unit: ModelUnit, task: ModelTask): ModelUnit[] {
    const file = this.units.filter((one) => one.slot === unit.slot);
    const stride = typeof task.stride === 'number' ? task.stride : task.stride(unit.slot);
    const block = file.filter((one) => stride === Infinity || Math.floor(one.place / stride) === Math.floor(unit.place / stride));
    const taken = (one: ModelUnit): boolean => one.needed.has(task.number) && !one.busy.has(task.number);
    return block.filter((one) => block.every((other) => taken(other) || (other.place < one.place) === (other.place < unit.place)) && taken(one));
  }

  #find(task: ModelTask, regardless: boolean): ModelUnit | undefined {
    const byPlace = (a: ModelUnit, b: ModelUnit): number => (a.physical === b.physical ? a.number - b.number : a.physical - b.physical);
    const byResident = (a: ModelUnit, b: ModelUnit): number => b.resident - a.resident || a.needed.size - b.needed.size || a.number - b.number;
    const open = this.units.filter((unit) => this.#isOpen(unit, task));
    const of = (kind: string): ModelUnit[] => open.filter((unit) => this.#kind(unit) === kind);
    if (!this.#cached) return this.coldAllowed ? of('cold').sort(byPlace)[0] : undefined;
    const tops = [of('cached').sort(byResident)[0], of('partial').sort((a, b) => Number(this.#mostly(b)) - Number(this.#mostly(a)) || byResident(a, b))[0]];
    tops.sort(byResident);
    tops.push(of('inflight').sort((a, b) => a.admitted - b.admitted)[0]);
    for (const top of tops) if (top !== undefined && this.#mayTake(top, task, regardless)) return top;
    if (!this.#mayReadCold(task)) return undefined;
    const cold = of('cold').sort((a, b) => this.#compareRank(a, b) || byPlace(a, b))[0];
    return cold !== undefined && this.#mayTake(cold, task, regardless) ? cold : undefined;
  }

  /** Most leading ones first, then most firm ones, then most of the others. */
  #compareRank(a: ModelUnit, b: ModelUnit): number {
    const [waitingA, waitingB] = [this.#waiting(a), this.#waiting(b)];
    const more = (is: (task: number) => boolean): number => count(waitingB, is) - count(waitingA, is);
    return more((task) => this.#leading.has(task)) || more((task) => this.#isFirm(task)) || more((task) => !this.#isFirm(task));
  }

  #isFirm(number: number): boolean {
    return this.tasks[number].live && !this.#flexible(this.tasks[number]);
  }

  #mayReadCold(task: ModelTask): boolean {
    const mine = [...this.picks].filter(([, of]) => of.task === task.number).map(([pick]) => pick);
    if (!this.coldAllowed || mine.some((pick) => pick.reason === 'cached') || !this.#demanding.has(task.number)) return false;
    const bytes = mine.reduce((sum, pick) => sum + total(this.units.slice(pick.unit, pick.unit + pick.count), (unit) => unit.bytes), 0);
    if (mine.length >= 3 && bytes >= 4 * 2 ** 20) return false;
    if (!this.#flexible(task) || task.deadlineMs < Infinity) return true;
    return !this.#of('cold').some((unit) => this.#waiting(unit).some((one) => this.#isFirm(one)));
  }

  #mayTake(unit: ModelUnit, task: ModelTask, regardless: boolean): boolean {
    const extent = this.#extent(unit, task);
    const pages = total(extent, (one) => Math.ceil(one.bytes / PAGE_BYTES));
    const missing = total(extent, (one) => (one.brought > 0 ? 0 : this.#missing(one)));
    if (missing === 0) return true;
    if (missing * 2 > pages) {
      if (!this.#mayReadCold(task)) return false;
      if (this.#leading.size > 0 && ![...this.#leading].some((one) => unit.needed.has(one))) return false;
      const wanted = this.#of('cached').length > 0 || this.#of('partial').some((one) => this.#mostly(one));
      if (!regardless && missing * PAGE_BYTES > this.headroom && wanted) return false;
    }
    if (regardless || this.#pressing.has(task.number)) return true;
    return this.outstanding === 0 || this.outstanding + missing * PAGE_BYTES <= Math.min(this.budget, this.learned);
  }

  #weigh(now: number): void {
    if (now < this.#weighAt) return;
    this.#weighAt = now + 100;
    const live = this.tasks.filter((task) => task.live);
    this.#demanding = new Set(live.filter((task) => task.deadlineMs === Infinity).map((task) => task.number));
    this.#leading = new Set();
    this.#pressing = new Set();
    const left = (task: ModelTask): ModelUnit[] => this.units.filter((unit) => unit.needed.has(task.number));
    const own = (task: ModelTask): number => {
      const bytes = total(left(task), (unit) => unit.bytes);
      const files = task.files === Infinity ? 0 : task.files / left(task).length;
      const share = this.#flexible(task) ? Math.min(Math.max(files, task.bytes === Infinity ? 0 : task.bytes / Math.max(bytes, 1), 0), 1) : 1;
      return task.pace.time(bytes * share, left(task).length * share);
    };
    const due = live.filter((task) => task.deadlineMs < Infinity && left(task).length > 0).sort((a, b) => a.deadlineMs - b.deadlineMs);
    const passed = count(due, (task) => task.deadlineMs <= now);
    for (const task of due.slice(0, passed)) this.#demanding.add(task.number);
    for (const [i, task] of due.entries()) {
      if (i < passed) continue;
      const upTo = due.slice(passed, i + 1);
      const toRead = this.#of('partial', 'cold').filter((unit) => upTo.some((one) => !this.#flexible(one) && this.#waiting(unit).includes(one.number)));
      const flexible = upTo.filter((one) => this.#flexible(one)).reduce((sum, one) => sum + own(one), 0);
      const takes = Math.max(own(task), this.#disk.time(total(toRead, (unit) => unit.bytes), toRead.length) + flexible);
      const leftMs = Math.max(task.deadlineMs - now - (task.deadlineMs - task.declaredMs) * 0.1, 0);
      const anyCold = this.#of('partial', 'cold').some((unit) => upTo.some((one) => this.#waiting(unit).includes(one.number)));
      const together = live.filter((one) => !this.#flexible(one)).map((one) => {
        const shared = toRead.filter((unit) => this.#waiting(unit).includes(one.number));
        return one.pace.time(total(shared, (unit) => unit.bytes), shared.length);
      });
      for (const { number } of upTo) {
        if (takes >= leftMs / 2 || Math.max(...together) >= leftMs * (1 / 1.5)) this.#demanding.add(number);
        if (takes >= leftMs / 1.05) this.#pressing.add(number);
      }
      if (this.#leading.size === 0 && takes >= leftMs / 1.25 && anyCold) this.#leading = new Set(upTo.map(({ number }) => number));
    }
  }
}
