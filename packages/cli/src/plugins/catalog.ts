import { DuetError } from '@duet/core/model';
import type { Plugin } from '@duet/core';

/** A plugin that comes with the command, loaded when it is needed. */
export interface BundledPlugin {
  readonly name: string;
  /** What the plugin's own summary says, known without loading it. */
  readonly summary: string;
  load(): Promise<Plugin>;
  /** Begins what a run of it would wait for, by the values of its options; before it is loaded, and once it is sure that it will run. */
  begin?(settings: ReadonlyMap<string, readonly string[]>): Promise<void>;
}

/** The plugins that this invocation knows: bundled ones, and those named with `--plugin`. */
export class PluginCatalog {
  readonly #bundled: readonly BundledPlugin[];
  readonly #added: readonly Plugin[];

  /** @throws {DuetError} `DUET_ERR_PLUGIN_DUPLICATE` */
  constructor(bundled: readonly BundledPlugin[], added: readonly Plugin[]) {
    const names = new Set<string>();
    for (const { name } of [...bundled, ...added]) {
      if (names.has(name)) throw duplicateError(name);
      names.add(name);
    }
    this.#bundled = bundled;
    this.#added = added;
  }

  /** Name and summary of each, bundled ones first. */
  list(): readonly { readonly name: string; readonly summary: string }[] {
    return [...this.#bundled, ...this.#added];
  }

  /** Whether there are such plugins, without loading them. @throws {DuetError} `DUET_ERR_TASK_UNKNOWN`, naming the plugins there are. */
  check(names: readonly string[]): void {
    const known = this.list();
    const unknown = names.find((name) => !known.some((plugin) => plugin.name === name));
    if (unknown === undefined) return;
    throw new DuetError('DUET_ERR_TASK_UNKNOWN', {
      operation: 'find the plugin',
      message: `there is no plugin '${unknown}'`,
      hint: `the plugins are: ${known.map((plugin) => plugin.name).join(', ')}; add your own with --plugin MODULE`,
    });
  }

  /** @throws {DuetError} `DUET_ERR_TASK_UNKNOWN` */
  async load(name: string): Promise<Plugin> {
    this.check([name]);
    return this.#added.find((plugin) => plugin.name === name) ?? this.#bundled.find((plugin) => plugin.name === name)!.load();
  }

  /** One after the other: what one loads at once must not be under way for another. @throws {DuetError} `DUET_ERR_TASK_UNKNOWN` */
  async loadSome(names: readonly string[]): Promise<Plugin[]> {
    const plugins: Plugin[] = [];
    for (const name of names) plugins.push(await this.load(name));
    return plugins;
  }

  /** Has the bundled ones of these plugins begin what a run would wait for. */
  async begin(names: readonly string[], settingsOf: (name: string) => ReadonlyMap<string, readonly string[]>): Promise<void> {
    for (const { name, begin } of this.#bundled) if (names.includes(name)) await begin?.(settingsOf(name));
  }

  async loadAll(): Promise<Plugin[]> {
    return this.loadSome(this.list().map(({ name }) => name));
  }
}

function duplicateError(name: string): DuetError {
  return new DuetError('DUET_ERR_PLUGIN_DUPLICATE', {
    operation: 'register a plugin',
    message: `there is a plugin '${name}' already`,
  });
}
