import type { z } from 'zod';
import type { Plugin, PluginDefinition } from './definition.js';
import { pluginFault } from './plugin-fault.js';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Checks what an author wrote and makes a plugin of it.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_LOAD` for a definition that is not usable.
 */
export function definePlugin<Schema extends z.ZodObject>(definition: PluginDefinition<Schema>): Plugin {
  const { name } = definition;
  if (!NAME.test(name)) throw pluginFault(name, 'its name is not in kebab-case');
  if (typeof definition.create !== 'function') throw pluginFault(name, 'it has no `create`');
  if (typeof definition.core !== 'string') throw pluginFault(name, 'it does not say which versions of @duet/core it works with (`core`)');
  if (typeof definition.config?.safeParse !== 'function') throw pluginFault(name, 'its `config` is not a zod object');
  return Object.freeze({
    name,
    summary: definition.summary,
    core: definition.core,
    config: definition.config,
    events: definition.events ?? [],
    inOrder: definition.inOrder ?? false,
    incremental: definition.incremental ?? false,
    // The options have been checked by the plugin's own schema when `create` is called.
    create: definition.create,
    commands: definition.commands ?? [],
  });
}

/** Whether a value is what `definePlugin` returns. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && 'create' in value && 'config' in value && 'commands' in value && 'core' in value;
}
