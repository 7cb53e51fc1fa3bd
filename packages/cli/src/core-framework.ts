import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DuetError,
  PluginStateOverlay,
  RecordingScanner,
  RecordingSource,
  ThreadScanner,
  TraceWriter,
  chooseSource,
  fsIdentity,
  openDuet,
  openReplay,
  openStore,
  processStatuses,
  runningTask,
  toDisplay,
  workWhenIdle,
} from '@duet/core';
import type { BytePath, Duet, DuetOptions, FileRef, Logger, Plugin, ScanBatch, Store } from '@duet/core';
import { machineChecks } from './doctor/machine-checks.js';
import { stateSetAside } from './state-set-aside.js';
import type { Framework, PluginWorkspace, StateView, TraceOptions } from './framework.js';

/** The framework itself. Loads SQLite, rxjs and the rest: import it when it is needed. */
export const coreFramework: Framework = {
  openDuet: openTraced,
  workWhenIdle,
  openScanner: async (path) => new ThreadScanner(path),
  viewState,
  processStatuses,
  openWorkspace,
  checks: (stateDir) => machineChecks(stateDir),
};

async function openTraced(options: DuetOptions, { record, replay }: TraceOptions = {}): Promise<Duet> {
  if (replay !== undefined) return openDuet(options, openReplay(replay));
  if (record === undefined) return openDuet(options);
  const writer = new TraceWriter(record);
  try {
    const duet = await openDuet(options, {
      source: new RecordingSource(chooseSource(options.source ?? 'auto'), writer),
      scanners: (path) => new RecordingScanner(new ThreadScanner(path), writer, path),
    });
    const close = duet.close.bind(duet);
    // The trace is whole when the source has stopped.
    duet.close = () => close().finally(() => writer.close());
    return duet;
  } catch (error) {
    writer.close();
    throw error;
  }
}

async function viewState(stateDir: string): Promise<StateView | undefined> {
  if (!databaseExists(stateDir)) return undefined;
  const store = await openSound(stateDir);
  return {
    stateDir,
    tasks: () => store.tasks().map((task) => ({ ...task, runningPid: runningTask(stateDir, task.name, task.path) })),
    loadDone: (task) => store.loadDone(task),
    fileId: (no) => store.fileId(no),
    close: () => store.close(),
  };
}

async function openWorkspace(stateDir: string, plugin: Plugin, logger: Logger): Promise<PluginWorkspace> {
  const store = await openSound(stateDir);
  const state = new PluginStateOverlay(store.stateReader(plugin.name));
  logger.debug(`opened the state database in ${stateDir}`);
  return {
    state,
    fileNumber: (path) => numberOf(store, path),
    commit: async () => {
      if (state.pending === 0) return;
      try {
        await store.commit({ task: NO_TASK, namespace: plugin.name, done: [], partial: [], state: state.take() });
      } catch (error) {
        state.failed();
        throw error;
      }
      state.committed();
    },
    close: () => store.close(),
  };
}

/** Plugin state alone belongs to no task. */
const NO_TASK = 0;

/** @throws {DuetError} `DUET_ERR_STATE_CORRUPT` if it was damaged; it has been set aside then. */
async function openSound(stateDir: string): Promise<Store> {
  const store = await openStore({ folder: stateDir });
  if (store.setAside === null) return store;
  await store.close();
  throw stateSetAside(stateDir, store.setAside);
}

function databaseExists(stateDir: string): boolean {
  const database = join(stateDir, 'duet.db');
  try {
    return statSync(database, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw new DuetError('DUET_ERR_STATE_OPEN', { operation: 'look for the state database', message: 'the state database cannot be looked at', path: database, cause });
  }
}

async function numberOf(store: Store, path: BytePath): Promise<{ file: FileRef; no: number }> {
  const scanner = new ThreadScanner(path);
  try {
    for await (const batch of scanner.scan({ residency: false, physical: false })) {
      if (batch.count > 0) return await numberOfRow(store, batch);
    }
  } finally {
    await scanner.close();
  }
  throw new DuetError('DUET_ERR_PATH_MISSING', { operation: 'look up a file', message: 'there is no regular file of that name', path: toDisplay(path) });
}

async function numberOfRow(store: Store, batch: ScanBatch): Promise<{ file: FileRef; no: number }> {
  const found = batch.newFs[batch.fs[0]];
  const fs = fsIdentity(found);
  const [ino, gen] = [batch.ino[0], batch.gen[0]];
  const [no] = await store.fileNumbers([fs], Uint16Array.of(0), Float64Array.of(ino), Uint32Array.of(gen));
  const file: FileRef = {
    id: { fs, ino, gen },
    no: no,
    dev: found.statDev,
    path: '' as BytePath,
    size: batch.size[0],
    mtimeNs: batch.mtimeNs[0],
    ctimeNs: batch.ctimeNs[0],
  };
  return { file, no: no };
}
