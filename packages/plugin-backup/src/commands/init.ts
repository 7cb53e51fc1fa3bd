import { ExitCode } from '@duet/core';
import type { PluginCommand } from '@duet/core';
import { repositoryLocation, repositoryPassword } from '../repository/credentials.js';
import { LocalStorage } from '../repository/local-storage.js';
import { Repository } from '../repository/repository.js';
import { REPOSITORY_OPTIONS, repositoryOptions, shownLocation } from './with-repository.js';

/** `duet backup init`: makes a repository. */
export const initCommand: PluginCommand = {
  name: 'init',
  summary: 'make a repository',
  options: REPOSITORY_OPTIONS,
  async run(ctx) {
    const options = repositoryOptions(ctx);
    const location = repositoryLocation(options);
    // First: without a password nothing is made.
    const password = await repositoryPassword(options);
    const repository = await Repository.init(LocalStorage.create(location), password, ctx.now());
    const { id, version } = repository.config;
    const repo = shownLocation(repository);
    ctx.print(
      `made the repository ${id.slice(0, 10)} in ${repo}\nkeep its password: without it, nothing comes back`,
      { type: 'repository', id, version, repo },
    );
    return ExitCode.DONE;
  },
};
