import type { BundledPlugin } from './catalog.js';

/** The plugins that the command comes with. A test holds the summaries to the plugins' own. */
export const BUNDLED_PLUGINS: readonly BundledPlugin[] = [
  {
    name: 'backup',
    summary: 'back up to a repository in the format of restic',
    load: async () => (await import('@duet/plugin-backup')).default,
  },
  {
    name: 'scrub',
    summary: 'read every file and find those whose content changed by itself',
    load: async () => (await import('@duet/plugin-scrub')).default,
  },
];
