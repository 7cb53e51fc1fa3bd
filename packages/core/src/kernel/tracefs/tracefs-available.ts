import { existsSync, readFileSync } from 'node:fs';
import { findTracefs, kernelHasTracefs, mayTrace } from './tracefs-mount.js';
import { REQUIRED } from './tracepoints.js';

export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly hint: string };

/** Whether the `tracefs` source can be used here, and what to do if not. Changes nothing: mounts nothing. */
export function tracefsAvailable(): Availability {
  const root = process.geteuid?.() === 0;
  const tracefs = findTracefs();
  if (tracefs === undefined && !kernelHasTracefs()) {
    return no('this kernel has no tracefs', 'Needs a kernel with CONFIG_EVENT_TRACING, and /sys mounted.');
  }
  if (!root && (tracefs === undefined || !mayTrace(tracefs))) {
    return no('needs root', 'Run as root, or use `--source cachestat` for your own files.');
  }
  if (lockedDown()) {
    return no('kernel lockdown forbids tracing', 'Boot with lockdown below `confidentiality` (see /sys/kernel/security/lockdown).');
  }
  if (tracefs !== undefined) {
    if (!mayTrace(tracefs)) return no(`${tracefs} is not writable`, 'Run outside the container, or mount tracefs writable.');
    for (const { events } of REQUIRED) {
      if (!events.some((event) => existsSync(`${tracefs}/events/${event}/format`))) {
        return no(`this kernel has no event ${events[0]}`, 'Needs Linux 5.18 or later; `--source cachestat` works without.');
      }
    }
  }
  return { ok: true };
}

function no(reason: string, hint: string): Availability {
  return { ok: false, reason, hint };
}

function lockedDown(): boolean {
  try {
    return readFileSync('/sys/kernel/security/lockdown', 'latin1').includes('[confidentiality]');
  } catch {
    return false;
  }
}
