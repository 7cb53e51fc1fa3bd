import type { Command } from 'commander';
import type { Plugin } from '@duet/core';
import type { Invocation } from '../invocation.js';
import { optionLines } from './option-schema.js';

/** How the commands of a plugin come into the command line. */
export interface CommandDeclarer {
  /** The plugin's own command, `duet PLUGIN`. */
  readonly parent: Command;
  add(name: string, description: string): Command;
  declare(command: Command, run: (invocation: Invocation) => Promise<number>): void;
}

/** Makes `duet PLUGIN COMMAND …` of what the plugin declares. */
export function declarePluginCommands(plugin: Plugin, { parent, add, declare }: CommandDeclarer): void {
  for (const declared of plugin.commands) {
    const command = add(declared.name, declared.summary);
    for (const { name, summary } of declared.args ?? []) command.argument(name, summary);
    for (const { flags, summary, repeatable } of declared.options ?? []) {
      if (repeatable) command.option(flags, summary, (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
      else command.option(flags, summary);
    }
    const names = (declared.args ?? []).map(({ name }) => name.replace(/[<>[\].]/g, ''));
    declare(command, async (invocation) => {
      const { pluginCommand } = await import('../commands/plugin-command.js');
      const args = Object.fromEntries(names.map((name, i) => [name, command.processedArgs[i] as string | undefined]));
      return pluginCommand(plugin, declared, { args, options: command.opts() }, invocation);
    });
  }
  parent.addHelpText('after', () => {
    const lines = optionLines(plugin).map((line) => `  ${line}`);
    return `\nOptions, for duet run ${plugin.name} --path PATH --set ${plugin.name}.OPTION=VALUE:\n${lines.join('\n') || '  none'}`;
  });
}
