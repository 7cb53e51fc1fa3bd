import { ExitCode } from '@duet/core/model';
import type { Check } from '../doctor/check.js';
import type { Invocation } from '../invocation.js';
import { checkJsonLine, checkText } from '../render/check-line.js';

/** What this machine offers, why not, and what to do. Resolves to 0 if Duet can run at all, to 3 if not. */
export async function doctorCommand({ environment, json, quiet, stateDir }: Invocation): Promise<number> {
  const { stdout } = environment;
  const framework = await environment.framework();
  const failed: string[] = [];
  let group: Check['group'] | undefined;
  for await (const check of framework.checks(stateDir)) {
    if (!check.ok && check.required) failed.push(check.name);
    if (json) {
      stdout.write(checkJsonLine(check));
      continue;
    }
    if (quiet && check.ok) continue;
    if (check.group !== group) stdout.write(`${check.group}\n`);
    group = check.group;
    stdout.write(checkText(check));
  }
  if (!json && !quiet) {
    stdout.write(failed.length === 0 ? '\nDuet can run here.\n' : `\nDuet cannot run here: ${failed.join(', ')}.\n`);
  }
  return failed.length === 0 ? ExitCode.DONE : ExitCode.CANNOT_RUN;
}
