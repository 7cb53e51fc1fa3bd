import { DuetError } from '@duet/core';
import { z } from 'zod';
import { isChunkerPolynomial } from './polynomial.js';

/** The version that is written. */
export const FORMAT_VERSION = 2;
const OLDEST_VERSION = 1;

/** What a repository says about itself. */
export interface RepositoryConfig {
  /** Of the format. */
  readonly version: number;
  readonly id: string;
  /** Polynomial by which contents are cut into chunks. */
  readonly polynomial: bigint;
}

const configFile = z.object({
  version: z.number().int(),
  id: z.string(),
  chunker_polynomial: z.string().regex(/^[0-9a-f]{1,16}$/),
});

export function encodeConfig({ version, id, polynomial }: RepositoryConfig): string {
  return JSON.stringify({ version, id, chunker_polynomial: polynomial.toString(16) });
}

/**
 * What the JSON of a config says; undefined if it is none.
 *
 * @throws {DuetError} `DUET_ERR_REPO_VERSION`
 */
export function decodeConfig(json: unknown, location: string): RepositoryConfig | undefined {
  const version = z.object({ version: z.number().int() }).safeParse(json).data?.version;
  if (version !== undefined && (version > FORMAT_VERSION || version < OLDEST_VERSION)) {
    throw new DuetError('DUET_ERR_REPO_VERSION', {
      operation: 'open the repository',
      message: `the repository has version ${version} of the format; versions ${OLDEST_VERSION} and ${FORMAT_VERSION} are known here`,
      path: location,
    });
  }
  const { data } = configFile.safeParse(json);
  if (!data) return undefined;
  const polynomial = BigInt(`0x${data.chunker_polynomial}`);
  // Another one would cut no chunks that fit, and could cut endless many.
  return isChunkerPolynomial(polynomial) ? { version: data.version, id: data.id, polynomial } : undefined;
}
