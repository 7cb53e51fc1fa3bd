import type { z } from 'zod';
import { DuetError } from '@duet/core/model';
import type { Plugin } from '@duet/core';

type OptionSchema = z.ZodType;

/**
 * The plugin's config from values given as text: as its schema takes it, not
 * parsed yet, but known to be good.
 *
 * Names may be given in kebab-case. A value goes in as text, as true or false
 * where the schema takes those, and as an array where it wants one; so do
 * the values of a repeated option.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_OPTION`
 */
export function configOf(plugin: Plugin, values: ReadonlyMap<string, readonly string[]>): Record<string, unknown> {
  const given = new Map<string, string[]>();
  for (const [name, texts] of values) {
    const option = [name, camelCase(name)].find((candidate) => Object.hasOwn(plugin.config.shape, candidate));
    if (option === undefined) throw optionError(plugin, `there is no option '${name}'`);
    given.set(option, [...(given.get(option) ?? []), ...texts]);
  }
  const config: Record<string, unknown> = {};
  for (const [option, texts] of given) {
    const schema = schemaOf(plugin, option);
    if (texts.length > 1 && !takesList(schema, texts)) {
      const why = takesList(schema, [texts[0]]) ? 'one of its values is not usable' : 'it is given more than once';
      throw optionError(plugin, `option '${option}': ${why}`, [option]);
    }
    config[option] = texts.length > 1 ? texts : valueOf(schema, texts[0]);
  }
  const parsed = plugin.config.safeParse(config);
  if (parsed.success) return config;
  const reasons = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    if (path.length === 1 && !(name in config)) return `option '${name}' is needed`;
    return name === '' ? message : `option '${name}': ${message}`;
  });
  const concerned = parsed.error.issues.flatMap(({ path }) => (path.length > 0 && Object.hasOwn(plugin.config.shape, path[0]) ? [String(path[0])] : []));
  throw optionError(plugin, reasons.join('; '), [...new Set(concerned)]);
}

/** One line an option, for `--help`. */
export function optionLines(plugin: Plugin): string[] {
  const names = Object.keys(plugin.config.shape);
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${describe(schemaOf(plugin, name))}`.trimEnd());
}

function describe(schema: OptionSchema): string {
  const text = descriptionOf(schema);
  const absent = schema.safeParse(undefined);
  const notes: string[] = [];
  if (!absent.success) notes.push('required');
  else if (absent.data !== undefined && !text.includes('default')) notes.push(`default: ${textOf(absent.data)}`);
  if (takesList(schema, []) || takesList(schema, ['x', 'x'])) notes.push('repeatable');
  return notes.length === 0 ? text : `${text} (${notes.join(', ')})`.trimStart();
}

/** Of the options `concerned` the hint says all; where there are none, it has the names of those that there are. */
function optionError(plugin: Plugin, why: string, concerned: readonly string[] = []): DuetError {
  const names = Object.keys(plugin.config.shape);
  const described = concerned.map((name) => `${name}: ${describe(schemaOf(plugin, name))}`).join('; ');
  return new DuetError('DUET_ERR_PLUGIN_OPTION', {
    operation: `read the options of '${plugin.name}'`,
    message: `the options of '${plugin.name}' are not usable: ${why}`,
    hint: names.length === 0 ? `'${plugin.name}' has no options` : `${described === '' ? `its options are ${names.join(', ')}` : described}; see duet run ${plugin.name} --help`,
  });
}

function schemaOf(plugin: Plugin, name: string): OptionSchema {
  return plugin.config.shape[name];
}

function valueOf(schema: OptionSchema, text: string): unknown {
  // z.coerce.boolean() takes every text but '' for true.
  if (/^(true|false)$/i.test(text) && schema.safeParse(true).data === true && schema.safeParse(false).data === false) {
    return text.toLowerCase() === 'true';
  }
  return !schema.safeParse(text).success && takesList(schema, [text]) ? [text] : text;
}

/** Whether the schema takes these as a list; one that coerces makes a text or a number of it instead. */
function takesList(schema: OptionSchema, values: readonly string[]): boolean {
  const parsed = schema.safeParse(values);
  return parsed.success && typeof parsed.data === 'object';
}

/** The outermost description; `.optional()` and the like wrap the schema that was described. */
function descriptionOf(schema: OptionSchema): string {
  const inner = (schema as { def: { innerType?: OptionSchema } }).def.innerType;
  return schema.description ?? (inner === undefined ? '' : descriptionOf(inner));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function textOf(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return text === '' ? 'none' : text;
}
