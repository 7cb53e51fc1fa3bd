import type { BundledPlugin } from './catalog.js';

/** The plugins that the command comes with. A test holds the summaries to the plugins' own. */
export const BUNDLED_PLUGINS: readonly BundledPlugin[] = [
  {
    name: 'backup',
    summary: 'back up to a repository in the format of restic',
    load: async () => (await import('@duet/plugin-backup')).default,
    begin: async (settings) => {
      const last = (option: string): string | undefined => settings.get(option)?.at(-1);
      await (await import('@duet/plugin-backup/ahead')).deriveKeyAhead({ repo: last('repo'), passwordFile: last('passwordFile'), passwordCommand: last('passwordCommand') });
    },
  },
  {
    name: 'scrub',
    summary: 'read every file and find those whose content changed by itself',
    load: async () => (await import('@duet/plugin-scrub')).default,
  },
  {
    name: 'rsync',
    summary: 'make a folder, here or on another host, equal to the path with rsync',
    load: async () => (await import('@duet/plugin-rsync')).default,
  },
  {
    name: 'defrag',
    summary: 'put files that lie in many pieces on the disk into few',
    load: async () => (await import('@duet/plugin-defrag')).default,
  },
];
