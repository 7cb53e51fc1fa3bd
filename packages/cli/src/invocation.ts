import type { Logger } from '@duet/core';
import type { Environment } from './environment.js';
import type { PluginCatalog } from './plugins/catalog.js';
import { stateDirOf } from './state-dir.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly state?: string;
}

/** One call of one command: its surroundings, and the options that all commands share. */
export class Invocation {
  readonly environment: Environment;
  readonly catalog: PluginCatalog;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly stateDir: string;

  constructor(environment: Environment, catalog: PluginCatalog, options: CommonOptions) {
    this.environment = environment;
    this.catalog = catalog;
    this.json = options.json === true;
    this.quiet = options.quiet === true;
    this.verbose = options.verbose === true;
    this.stateDir = stateDirOf(options.state, environment.variables, environment.uid);
  }

  /** Messages to stderr, by `--verbose` and `--quiet`. */
  async logger(): Promise<Logger> {
    const { stderrLogger } = await import('./log/stderr-logger.js');
    const level = this.verbose ? 'debug' : this.quiet ? 'error' : 'info';
    const { stderr, variables } = this.environment;
    return stderrLogger({ output: stderr, level, color: stderr.isTerminal && !variables['NO_COLOR'] });
  }
}
