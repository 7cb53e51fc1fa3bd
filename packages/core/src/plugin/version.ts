import { createRequire } from 'node:module';

const manifest: unknown = createRequire(import.meta.url)('../../../package.json');

/** Version of @duet/core, from its package.json. */
export const CORE_VERSION: string = (manifest as { version: string }).version;
