import { usageError } from './usage-error.js';

/** One `--set TASK.OPTION=VALUE`. */
export interface Setting {
  readonly task: string;
  readonly option: string;
  readonly value: string;
}

/** Reads one setting; the value may hold anything, `=` and line breaks too. @throws {DuetError} `DUET_ERR_USAGE` */
export function parseSetting(text: string): Setting {
  const parts = /^([A-Za-z0-9][\w-]*)\.([^=.\s]+)=(.*)$/s.exec(text);
  if (parts === null) throw usageError(`option '--set' takes TASK.OPTION=VALUE, not '${text}'`, 'such as --set scrub.olderThan=30d');
  const [, task, option, value] = parts as unknown as [string, string, string, string];
  return { task, option, value };
}

/** The values given for each option of `task`, in the order given. */
export function settingsOf(task: string, settings: readonly Setting[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const setting of settings) {
    if (setting.task !== task) continue;
    values.set(setting.option, [...(values.get(setting.option) ?? []), setting.value]);
  }
  return values;
}

/** @throws {DuetError} `DUET_ERR_USAGE` if a setting is for a task that does not run. */
export function checkSettings(settings: readonly Setting[], tasks: readonly string[]): void {
  const stray = settings.find(({ task }) => !tasks.includes(task));
  if (stray === undefined) return;
  throw usageError(
    `option '--set ${stray.task}.${stray.option}' is for a task that does not run`,
    `the tasks of this run are: ${tasks.join(', ')}`,
  );
}
