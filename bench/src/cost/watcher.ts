import { openDuet } from '@duet/core';
import type { Duet, Session } from '@duet/core';
import { fromText } from '@duet/core/model';
import type { Order, Watched } from './watching.js';

/**
 * The Duet process of the cost measurements: one task at the default interval,
 * with a subscriber, as a user would have it. Obeys its parent's orders one by
 * one, answers each with its counters when it is done, and ends with the parent.
 */
let duet: Duet | undefined;
let session: Session | undefined;
let items = 0;

async function watch({ path, events }: Extract<Order, { readonly what: 'watch' }>): Promise<void> {
  duet = await openDuet({ stateDir: null, source: 'tracefs' });
  session = duet.register({ name: 'cost', path: fromText(path), events });
  session.items$.subscribe((batch) => (items += batch.length));
  await session.ready;
}

async function leave(): Promise<void> {
  session?.close();
  await duet?.close();
  duet = undefined;
}

async function obey(order: Order): Promise<Watched> {
  if (order.what === 'watch') await watch(order);
  else if (order.what === 'leave') await leave();
  const { events = 0, lost = 0 } = duet?.status().events ?? {};
  const { user, system } = process.cpuUsage();
  return { events, lost, items, cpuMs: (user + system) / 1000 };
}

process.on('message', (order: Order) => {
  void obey(order).then((watched) => process.send?.(watched));
});
process.on('disconnect', () => void leave());
