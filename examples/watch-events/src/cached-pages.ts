import { PageEvent, toDisplay } from '@duet/core';
import type { BytePath, Duet, DuetError, Session } from '@duet/core';

/** How many pages of a file are cached. */
export interface CachedFile {
  path: string;
  pages: number;
}

/** Keeps `files`, by their numbers, true to what is cached below a path, until the session closes. */
export function followCached(duet: Duet, path: BytePath, files: Map<number, CachedFile>): Session {
  const session = duet.register({ name: 'cached-pages', path, events: ['exists'] });
  session.items$.subscribe({
    next: (items) => {
      for (const { file, pages, events } of items) {
        const known = files.get(file.no)?.pages ?? 0;
        files.set(file.no, { path: toDisplay(file.path), pages: known + (events & PageEvent.EXISTS ? pages : -pages) });
      }
    },
    error: ({ code, message }: DuetError) => process.stderr.write(`the session is over: ${message} [${code}]\n`),
  });
  return session;
}
