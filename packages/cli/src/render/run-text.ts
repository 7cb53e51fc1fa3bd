import type { ExplainedUnit, RunEvent, TaskProgress } from '@duet/core';
import { counted, duration, percent, size } from './quantity.js';
import { printable, printablePath } from './printable.js';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** What a run is about to do. */
export function startText(event: EventOf<'start'>): string {
  const what = `${event.tasks.join(', ')} on ${printablePath(event.path)}`;
  return `${what}: ${counted(event.filesTotal, 'file')}, ${size(event.bytesTotal)}, ${sourceText(event.source)}`;
}

/** How far a task is, on one line: `scrub: 45%, 120/153 files, …`. */
export function progressText(progress: TaskProgress, rate: number): string {
  const { task, filesDone, filesTotal, bytesDone, bytesTotal, bytesFromCache, bytesFromDisk } = progress;
  const left = rate > 0 && bytesDone < bytesTotal ? `, ${duration(((bytesTotal - bytesDone) * 1000) / rate)} left` : '';
  return (
    `${task}: ${percent(bytesDone, bytesTotal)}%, ${filesDone}/${filesTotal} files, ${size(bytesDone)} of ${size(bytesTotal)}, ` +
    `cache ${size(bytesFromCache)}, disk ${size(bytesFromDisk)}, ${size(rate)}/s${left}`
  );
}

/** The same as a live line that fits into `columns`: a bar, and as many of the figures as there is room for. */
export function liveText(progress: TaskProgress, rate: number, columns: number): string {
  const { task, filesDone, filesTotal, bytesDone, bytesTotal, bytesFromCache, bytesFromDisk } = progress;
  const done = percent(bytesDone, bytesTotal);
  const left = rate > 0 && bytesDone < bytesTotal ? `${duration(((bytesTotal - bytesDone) * 1000) / rate)} left` : '';
  let line = `${task} ${bar(done, 20)} ${String(done).padStart(3)}%`;
  const figures = [
    `${size(bytesDone)}/${size(bytesTotal)}`,
    `cache ${size(bytesFromCache)}`,
    `disk ${size(bytesFromDisk)}`,
    `${size(rate)}/s`,
    left,
    `${filesDone}/${filesTotal} files`,
  ];
  for (const figure of figures.filter((text) => text !== '')) {
    if (line.length + 2 + figure.length >= columns) break;
    line += `  ${figure}`;
  }
  return line.slice(0, Math.max(0, columns - 1));
}

/** A problem with a file: where, what, and what to do. */
export function problemText(event: EventOf<'problem'>): string {
  const where = `${printablePath(event.path) || '.'}${event.offset === undefined ? '' : ` at byte ${event.offset}`}`;
  const hint = event.hint === undefined ? '' : `\n  hint: ${printable(event.hint)}`;
  return `${event.task}: ${where}: ${printable(event.message)} [${event.code}]${hint}`;
}

/** A unit that was processed, for `--verbose`. */
export function unitText(event: EventOf<'unit'>): string {
  const { task, path, offset, bytes, cachedBytes, reason, ms } = event;
  const range = offset === 0 ? size(bytes) : `${size(bytes)} at ${size(offset)}`;
  return `${task}: ${reason.padEnd(8)} ${printablePath(path)} (${range}, ${percent(cachedBytes, bytes)}% cached, ${duration(ms)})`;
}

/** Events that a source lost. */
export function lostText({ events, filesReread }: EventOf<'lost'>): string {
  return `lost ${counted(events, 'page event')}; read the cache state of ${counted(filesReread, 'file')} again`;
}

/** Why a task stops before the end of its cycle. */
export function enoughText({ task, reason }: EventOf<'enough'>): string {
  return `${task}: stops here: ${printable(reason)}; the rest is left for the next run`;
}

/** A deadline that will be missed, or has been. */
export function deadlineText({ task, missed, bytesLeft, bytesPerSecond, neededBytesPerSecond }: EventOf<'deadline'>): string {
  if (missed || neededBytesPerSecond === null) return `${task} has missed its deadline, with ${size(bytesLeft)} left; it goes on`;
  return `${task} will miss its deadline: it makes ${size(bytesPerSecond)}/s, and would have to make ${size(neededBytesPerSecond)}/s`;
}

/** Why a unit was picked, and what else there was. */
export function explainText(event: EventOf<'explain'>): string {
  const { outstandingBytes, budgetBytes, runnersUp } = event;
  const budget = budgetBytes === null ? '' : ` of ${size(budgetBytes)}`;
  const before = runnersUp.length === 0 ? 'nothing else' : runnersUp.map(choiceText).join(', ');
  return `${event.task}: ${choiceText(event)}, before ${before}; ${size(outstandingBytes)}${budget} read and not yet used by all${event.deadlineLeads ? '; a deadline leads' : ''}`;
}

function choiceText({ path, offset, reason, tasks, residentBytes, bytes }: ExplainedUnit): string {
  const where = offset === 0 ? printablePath(path) : `${printablePath(path)} at ${size(offset)}`;
  return `${reason} ${where} (${percent(residentBytes, bytes)}% cached, for ${counted(tasks, 'task')})`;
}

function sourceText(source: string): string {
  return source === 'none' ? 'the page cache not watched' : `page events from ${source}`;
}

function bar(done: number, width: number): string {
  const full = Math.floor((done * width) / 100);
  return `[${'='.repeat(full)}${done < 100 ? '>' : ''}${' '.repeat(Math.max(0, width - full - 1))}]`.slice(0, width + 2);
}
