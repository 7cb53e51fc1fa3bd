import { realpathSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EVENT_NAMES, eventNames, fromText, openDuet, toDisplay } from '@duet/core';
import type { EventName } from '@duet/core';
import { merge } from 'rxjs';

const usage = `Watches the page cache below some paths, as a task that does nothing else.

usage: node dist/src/main.js [options] PATH...
  --events LIST     some of ${EVENT_NAMES.join(', ')}; default: added,removed,dirty,flushed
                    (event-based: what happened since the last fetch; exists and modified are
                    state-based: what differs from what was last told)
  --interval MS     how often to fetch; default: 10
  --duration S      end after so many seconds; default: at Ctrl-C
  --paths           print names and not only inode numbers
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: 'added,removed,dirty,flushed' },
    interval: { type: 'string', default: '10' },
    duration: { type: 'string' },
    paths: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || positionals.length === 0) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}

const duet = await openDuet({ stateDir: null });
try {
  const sessions = positionals.map((path) =>
    duet.register({
      name: 'watch-events',
      path: fromText(realpathSync(path)),
      events: values.events.split(',') as EventName[],
      fetchIntervalMs: Number(values.interval),
    }),
  );
  let items = 0;
  let pages = 0;
  const subscription = merge(...sessions.map((session) => session.items$)).subscribe((batch) => {
    for (const { file, index, pages: count, events, changed } of batch) {
      items++;
      pages += count;
      const gone = eventNames(changed & ~events).map((name) => `not ${name}`);
      const what = [...eventNames(events), ...gone].join('+');
      process.stdout.write(`${what.padEnd(16)} ino ${file.id.ino} pages ${index}..${index + count - 1}${values.paths ? ` ${JSON.stringify(toDisplay(file.path))}` : ''}\n`);
    }
  });
  await Promise.all(sessions.map((session) => session.ready));
  process.stderr.write(`watching ${positionals.join(', ')} with ${duet.source}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (values.duration !== undefined) setTimeout(resolve, Number(values.duration) * 1000);
  });
  subscription.unsubscribe();
  process.stderr.write(`${items} items, ${pages} pages\n`);
} finally {
  await duet.close();
}
