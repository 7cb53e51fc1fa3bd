import satisfies from 'semver/functions/satisfies.js';
import { DuetError } from '../model/index.js';
import type { Plugin } from './definition.js';
import { CORE_VERSION } from '../model/version.js';

/** The plugins that a framework instance knows; registration is explicit. */
export class PluginRegistry {
  readonly #plugins = new Map<string, Plugin>();

  /** @throws {DuetError} `DUET_ERR_PLUGIN_DUPLICATE`, `DUET_ERR_PLUGIN_VERSION` */
  register(plugin: Plugin): void {
    const { name } = plugin;
    if (this.#plugins.has(name)) {
      throw new DuetError('DUET_ERR_PLUGIN_DUPLICATE', { operation: 'register a plugin', message: `there are two plugins called '${name}'` });
    }
    if (!satisfies(CORE_VERSION, plugin.core, { includePrerelease: true })) {
      throw new DuetError('DUET_ERR_PLUGIN_VERSION', {
        operation: 'register a plugin',
        message: `the plugin '${name}' asks for @duet/core ${plugin.core}, and this is ${CORE_VERSION}`,
      });
    }
    this.#plugins.set(name, plugin);
  }

  /** @throws {DuetError} `DUET_ERR_TASK_UNKNOWN` */
  get(name: string): Plugin {
    const plugin = this.#plugins.get(name);
    if (plugin !== undefined) return plugin;
    const names = [...this.#plugins.keys()].join(', ');
    throw new DuetError('DUET_ERR_TASK_UNKNOWN', {
      operation: 'find a plugin',
      message: `there is no plugin called '${name}'`,
      hint: names === '' ? 'register it first' : `there are: ${names}; add others with --plugin MODULE`,
    });
  }

  all(): readonly Plugin[] {
    return [...this.#plugins.values()];
  }
}
