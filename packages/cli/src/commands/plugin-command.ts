import type { CommandContext, Plugin, PluginCommand } from '@duet/core';
import type { Invocation } from '../invocation.js';
import { jsonLine } from '../render/json-line.js';

/** Arguments and options of a plugin's command, by name. */
export type PluginCommandInput = Pick<CommandContext, 'args' | 'options'>;

/** Runs a command that a plugin declares. Resolves to its exit code; what it set is durable then. */
export async function pluginCommand(plugin: Plugin, command: PluginCommand, input: PluginCommandInput, invocation: Invocation): Promise<number> {
  const { environment, json, stateDir } = invocation;
  const { stdout } = environment;
  const abort = new AbortController();
  let interruptedWith: number | undefined;
  const takeBack = [
    environment.interrupts.onInterrupt((exitCode) => {
      interruptedWith = exitCode;
      abort.abort();
    }),
    stdout.onGone(() => abort.abort()),
  ];
  try {
    const log = await invocation.logger();
    const workspace = await (await environment.framework()).openWorkspace(stateDir, plugin, log);
    try {
      const exitCode = await command.run({
        ...input,
        json,
        log,
        signal: abort.signal,
        state: workspace.state,
        now: () => environment.now(),
        fileNumber: (path) => workspace.fileNumber(path),
        print: (text, object) => stdout.write(json ? jsonLine(object) : `${text}\n`),
        write: (bytes) => stdout.write(bytes),
      });
      await workspace.commit();
      return interruptedWith ?? exitCode;
    } finally {
      await workspace.close();
    }
  } finally {
    for (const take of takeBack) take();
  }
}
