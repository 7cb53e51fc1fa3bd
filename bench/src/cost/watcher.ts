import { openDuet } from '@duet/core';
import type { EventName } from '@duet/core';
import { fromText } from '@duet/core/model';
import type { Watched } from './watching.js';

/**
 * The Duet process of the cost measurements: one task at the default interval,
 * with a subscriber, as a user would have it. Tells its parent when it has met
 * all files, answers each message with its counters, and ends with the parent.
 *
 * Arguments: the path, then the events.
 */
const [path = '', ...events] = process.argv.slice(2);
const duet = await openDuet({ stateDir: null, source: 'tracefs' });
const session = duet.register({ name: 'cost', path: fromText(path), events: events as EventName[] });
let items = 0;
session.items$.subscribe((batch) => (items += batch.length));
const tell = (): void => {
  const watched: Watched = { ...duet.status().events, items };
  process.send?.(watched);
};
process.on('message', tell);
process.on('disconnect', () => {
  session.close();
  void duet.close();
});
await session.ready;
tell();
