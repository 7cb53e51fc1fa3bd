import { eventNames } from '@duet/core/model';
import type { DuetStatus, ProcessStatus } from '@duet/core';
import { pathFields } from './json-line.js';
import { printable, printablePath } from './printable.js';
import { counted, grouped } from './quantity.js';
import { table } from './table.js';

type SessionStatus = DuetStatus['sessions'][number];

/** What a process says of itself, for people: what it has seen of the page cache, and a line for each session. */
export function processText({ pid, status }: ProcessStatus<DuetStatus>): string {
  if (status === undefined) return `process ${pid}: does not answer\n`;
  const { source, events, maxTasks, sessions } = status;
  const heading = `process ${pid}: page events from ${source}, ${grouped(events.events)} so far, ${grouped(events.lost)} lost; ${counted(sessions.length, 'session')} (${maxTasks} tasks at most)\n`;
  if (sessions.length === 0) return heading;
  const columns = [
    { title: 'session' },
    { title: 'events' },
    { title: 'pages seen', align: 'right' },
    { title: 'filtered', align: 'right' },
    { title: 'merged', align: 'right' },
    { title: 'lost', align: 'right' },
    { title: 'fetched', align: 'right' },
    { title: 'path' },
  ] as const;
  const rows = sessions.map(({ name, mask, counters, path }) => [
    printable(name),
    eventNames(mask).join('+'),
    ...[counters.seen, counters.filtered, counters.merged, counters.lost, counters.fetched].map(grouped),
    printablePath(path),
  ]);
  return heading + table(columns, rows);
}

/** A process as the fields of a JSON line. */
export function processFields({ pid, status }: ProcessStatus<DuetStatus>): Readonly<Record<string, unknown>> {
  if (status === undefined) return { pid, source: null, maxTasks: null, events: null, lost: null, sessions: null };
  return { pid, source: status.source, maxTasks: status.maxTasks, events: status.events.events, lost: status.events.lost, sessions: status.sessions.length };
}

/** A session as the fields of a JSON line. */
export function sessionFields({ id, name, mask, counters, path }: SessionStatus): Readonly<Record<string, unknown>> {
  return { id, session: name, mask: eventNames(mask), ...counters, ...pathFields(path) };
}
