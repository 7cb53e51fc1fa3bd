import type { DuetOptions } from '@duet/core';
import type { BundledPlugin } from './plugins/catalog.js';
import type { Framework } from './framework.js';
import type { Interrupts } from './interrupts.js';
import type { LiveTerminal } from './run-reporters/live-reporter.js';
import type { Output } from './output/output.js';

/** All that the command takes from the world around it; tests replace any of it. */
export interface Environment {
  /** Results. */
  readonly stdout: Output;
  /** Messages. */
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly variables: NodeJS.ProcessEnv;
  readonly uid: number;
  /** Working folder, for plugin modules. */
  readonly folder: string;
  readonly version: string;
  readonly interrupts: Interrupts;
  readonly bundledPlugins: readonly BundledPlugin[];
  /** What live lines are drawn on; absent if messages do not go to a terminal. */
  readonly liveTerminal?: LiveTerminal;
  /** Has threads that opening the framework would wait for load what they need meanwhile. */
  startThreads(): Promise<void>;
  /** Has the kernel begin to make what opening this source would wait for; once it is sure that it will be opened. */
  openAhead(source: NonNullable<DuetOptions['source']>): Promise<void>;
  framework(): Promise<Framework>;
  /** Milliseconds since 1970. */
  now(): number;
}
