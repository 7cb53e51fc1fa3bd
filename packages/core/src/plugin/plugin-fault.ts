import { DuetError } from '../model/index.js';

/** The error for a plugin that cannot be used as it is. */
export function pluginFault(name: string, why: string): DuetError {
  return new DuetError('DUET_ERR_PLUGIN_LOAD', { operation: 'load a plugin', message: `the plugin '${name}' is not usable: ${why}` });
}
