export { pluginContractSuite } from './contract-suite.js';
export type { ContractOptions } from './contract-suite.js';
export { runPlugin } from './run-plugin.js';
export type { PluginRun, PluginRunOptions } from './run-plugin.js';
export { ScriptedPageCache } from './scripted-page-cache.js';
export { MemoryStore, MemoryTables } from '../store/index.js';
