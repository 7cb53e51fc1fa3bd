import { loadAtOnce } from '../load-at-once.js';
import type { BundledPlugin } from './catalog.js';

/** The plugins that the command comes with. A test holds the summaries to the plugins' own. */
export const BUNDLED_PLUGINS: readonly BundledPlugin[] = [
  {
    name: 'backup',
    summary: 'back up to a repository in the format of restic',
    // A library of it waits at its top level, so the plugin itself is not loaded at once.
    load: async () => {
      loadAtOnce('@duet/core');
      return (await import('@duet/plugin-backup')).default;
    },
  },
  {
    name: 'scrub',
    summary: 'read every file and find those whose content changed by itself',
    load: async () => (loadAtOnce('@duet/plugin-scrub') as typeof import('@duet/plugin-scrub')).default,
  },
  {
    name: 'rsync',
    summary: 'make a folder, here or on another host, equal to the path with rsync',
    load: async () => (loadAtOnce('@duet/plugin-rsync') as typeof import('@duet/plugin-rsync')).default,
  },
  {
    name: 'defrag',
    summary: 'put files that lie in many pieces on the disk into few',
    load: async () => (loadAtOnce('@duet/plugin-defrag') as typeof import('@duet/plugin-defrag')).default,
  },
];
