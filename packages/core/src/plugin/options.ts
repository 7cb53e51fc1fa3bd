import type { z } from 'zod';
import { DuetError } from '../model/index.js';
import type { Plugin } from './definition.js';

/**
 * The options, checked and completed by the plugin's schema.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_OPTION`, naming the option and listing those that the plugin has.
 */
export function parseOptions(plugin: Plugin, given: Readonly<Record<string, unknown>>): never {
  const result = plugin.config.safeParse(given);
  if (result.success) return result.data as never;
  const known = Object.keys(plugin.config.shape);
  throw new DuetError('DUET_ERR_PLUGIN_OPTION', {
    operation: 'read the options of a plugin',
    message: `'${plugin.name}' does not take these options: ${result.error.issues.map(describe).join('; ')}`,
    hint: known.length === 0 ? 'it has no options' : `its options are: ${known.join(', ')}`,
  });
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown option ${issue.keys.map((key) => `'${key}'`).join(', ')}`;
  const name = issue.path.join('.');
  return name === '' ? issue.message : `${name}: ${issue.message}`;
}
