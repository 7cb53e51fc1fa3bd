import type { CommandContext, PluginCommand } from '@duet/core';
import { silentLogger } from '@duet/core';

/** What a command of backup printed, and how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly objects: readonly Record<string, unknown>[];
}

const absent = (): never => {
  throw new Error('commands of backup use no state and no file numbers');
};

/** Runs a command as `duet backup` does. */
export async function runCommand(command: PluginCommand, args: CommandContext['args'], options: CommandContext['options'], signal: AbortSignal = new AbortController().signal): Promise<CommandResult> {
  const lines: string[] = [];
  const objects: Record<string, unknown>[] = [];
  const exitCode = await command.run({
    args,
    options,
    state: { get: absent, set: absent, delete: absent, entries: absent },
    log: silentLogger,
    signal,
    json: false,
    now: () => Date.now(),
    fileNumber: absent,
    print: (text, object) => {
      lines.push(text);
      objects.push(object);
    },
    write: absent,
  });
  return { exitCode, lines, objects };
}
