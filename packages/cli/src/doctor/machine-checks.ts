import { kernelCapabilities, tracefsAvailable } from '@duet/core';
import type { Check } from './check.js';
import { mountChecks } from './mount-checks.js';
import { stateChecks } from './state-checks.js';
import { toolChecks } from './tool-checks.js';

const GROUPS: Readonly<Record<string, Check['group']>> = {
  cachestat: 'sources',
  mincore: 'sources',
  ext4: 'file systems',
  xfs: 'file systems',
  btrfs: 'file systems',
};

/** Looks at this machine, and changes nothing on it. Checks of a group come one after the other. */
export async function* machineChecks(stateDir: string): AsyncGenerator<Check> {
  const kernel = kernelCapabilities().map(
    (capability): Check => ({ ...capability, group: GROUPS[capability.name] ?? 'system', required: capability.name === 'page size' }),
  );
  const inGroup = (group: Check['group']): Check[] => kernel.filter((check) => check.group === group);
  yield* inGroup('system');
  yield nodeCheck(process.versions.node);
  yield tracefsCheck(tracefsAvailable());
  yield* inGroup('sources');
  yield* inGroup('file systems');
  yield* mountChecks();
  yield* stateChecks(stateDir);
  yield* await toolChecks();
}

export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { name: 'node', group: 'system', required: true, ok, detail: version, hint: ok ? '' : 'install Node.js 20.19 or later' };
}

function tracefsCheck(available: ReturnType<typeof tracefsAvailable>): Check {
  const finding = available.ok ? { ok: true, detail: 'exact page events', hint: '' } : { ok: false, detail: available.reason, hint: available.hint };
  return { name: 'tracefs', group: 'sources', required: false, ...finding };
}
