export { token } from './context.js';
export type { CycleSummary, PluginContext, TaskDeclaration, Token } from './context.js';
export { definePlugin, isPlugin } from './define-plugin.js';
export type { AtOnce, CommandContext, Plugin, PluginCommand, PluginDefinition, PluginHooks } from './definition.js';
export { parseOptions } from './options.js';
export { PluginRegistry } from './registry.js';
