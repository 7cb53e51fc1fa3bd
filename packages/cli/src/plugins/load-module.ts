import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuetError } from '@duet/core/model';
import type { Plugin } from '@duet/core';
import { loadAtOnce } from '../load-at-once.js';

/**
 * The plugin that a module exports by default.
 *
 * `specifier` is a path (it starts with `.` or `/`, or ends in `.js`, `.mjs` or
 * `.cjs`) relative to `folder`, or the name of a package installed there.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_LOAD`
 */
export async function loadPluginModule(specifier: string, folder: string): Promise<Plugin> {
  // What it imports in any case.
  loadAtOnce('@duet/core');
  let module: { default?: unknown };
  try {
    module = (await import(urlOf(specifier, folder))) as { default?: unknown };
  } catch (cause) {
    throw loadError(specifier, 'could not be loaded', cause);
  }
  if (!isPlugin(module.default)) throw loadError(specifier, 'has no plugin as its default export');
  return module.default;
}

function urlOf(specifier: string, folder: string): string {
  if (/^\.{0,2}\/|^\.{1,2}$|\.[cm]?js$/.test(specifier)) return pathToFileURL(resolve(folder, specifier)).href;
  try {
    return pathToFileURL(createRequire(resolve(folder, 'package.json')).resolve(specifier)).href;
  } catch {
    // Not installed there, or exported to `import` alone: looked up from this package.
    return specifier;
  }
}

function isPlugin(value: unknown): value is Plugin {
  const plugin = value as Partial<Plugin> | null | undefined;
  return (
    typeof plugin === 'object' &&
    plugin !== null &&
    typeof plugin.name === 'string' &&
    typeof plugin.create === 'function' &&
    typeof plugin.config === 'object' &&
    Array.isArray(plugin.commands) &&
    Array.isArray(plugin.events)
  );
}

function loadError(specifier: string, why: string, cause?: unknown): DuetError {
  return new DuetError('DUET_ERR_PLUGIN_LOAD', {
    operation: 'load a plugin',
    message: `the plugin module ${why}`,
    path: specifier,
    ...(cause === undefined ? {} : { cause }),
  });
}
