import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DuetError, ExitCode, fromBytes, isUtf8, toBytes, toDisplay } from '@duet/core';
import type { BytePath, CommandContext, PluginCommand } from '@duet/core';
import { RsyncExit } from '../command/exit-code.js';
import { Mirror } from '../mirror.js';
import { rsyncOptions } from '../options.js';
import type { RsyncOptions } from '../options.js';
import type { ChangeItem } from '../output/item-line.js';
import { checkPlaces } from '../target/places.js';

/** Options of the mirror that say what is compared, in the spelling of the command line. */
const FLAGS = ['hard-links', 'acls', 'xattrs', 'sparse', 'numeric-ids', 'one-file-system'] as const;
const VALUES = ['filter', 'include', 'exclude', 'exclude-from', 'rsh', 'rsync-path', 'port', 'password-file', 'timeout'] as const;
const SUMMARIES: Readonly<Record<string, string>> = {
  filter: 'a filter rule of rsync',
  include: 'a pattern not to leave out',
  exclude: 'a pattern to leave out',
};

/** `duet rsync verify PATH TARGET`: whether the two are equal, by content. */
export const verifyCommand: PluginCommand = {
  name: 'verify',
  summary: 'read source and target, and show what differs by content or attributes, or is in one only; exit code 1 if something does',
  args: [
    { name: '<path>', summary: 'the source' },
    { name: '<target>', summary: 'as for the option target of `duet run rsync`' },
  ],
  options: [
    ...FLAGS.map((flag) => ({ flags: `--${flag}`, summary: `compare with the option ${camelCase(flag)} of the mirror` })),
    ...VALUES.map((name) => ({ flags: `--${name} <value>`, summary: SUMMARIES[name] ?? `the option ${camelCase(name)} of the mirror` })),
  ],
  async run(ctx) {
    const options = optionsOf(ctx);
    const path = pathOf(String(ctx.args['path']));
    checkPlaces(path, options);
    const mirror = new Mirror({ path, options, log: ctx.log, signal: ctx.signal, alive: () => undefined, now: () => ctx.now() });
    try {
      await mirror.open();
      const { items, complaints, exitCode } = await mirror.rsync.run('compare source and target', mirror.passes.verify);
      for (const item of items) show(ctx, item);
      for (const complaint of complaints) ctx.log.error(complaint);
      if (items.length === 0 && exitCode === RsyncExit.DONE) ctx.print('equal', { type: 'verified', differences: 0 });
      else ctx.print(`${items.length} entries differ`, { type: 'verified', differences: items.length });
      return items.length === 0 && exitCode === RsyncExit.DONE ? ExitCode.DONE : ExitCode.PROBLEMS;
    } finally {
      await mirror.close();
    }
  },
};

function optionsOf({ args, options }: CommandContext): RsyncOptions {
  const given = Object.fromEntries([...FLAGS, ...VALUES].map((name) => camelCase(name)).filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
  const parsed = rsyncOptions.safeParse({ ...given, target: args['target'] });
  if (parsed.success) return parsed.data;
  throw new DuetError('DUET_ERR_PLUGIN_OPTION', { operation: 'read the options', message: parsed.error.issues.map(({ message }) => message).join('; ') });
}

function pathOf(text: string): BytePath {
  try {
    return fromBytes(realpathSync(resolve(text), { encoding: 'buffer' }));
  } catch (cause) {
    throw new DuetError('DUET_ERR_PATH_MISSING', { operation: 'open the source', message: `${text} does not exist`, path: text, cause });
  }
}

function show(ctx: CommandContext, { name, flags, kind, update }: ChangeItem): void {
  const what = flags === '*deleting' ? 'only in the target' : flags.includes('+') ? 'only in the source' : update === '.' ? 'other attributes' : kind === 'f' ? 'other content' : 'other';
  const shown = name === '' ? '.' : toDisplay(name);
  ctx.print(`${shown}: ${what} (${flags})`, { type: 'difference', path: shown, ...(isUtf8(name) ? {} : { pathBytes: toBytes(name).toString('base64') }), difference: what, flags });
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
