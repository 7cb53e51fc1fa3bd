import type { BytePath } from '@duet/core';

/** A unit to be chunked. */
export interface UnitJob {
  /** The file's number. */
  readonly no: number;
  /** Relative to the root. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
  /** First byte. */
  readonly offset: number;
  readonly bytes: number;
  /** Bytes of it that are cached; absent: that is to be found out. */
  readonly cachedBytes?: number | undefined;
  /** Where the last chunk before the unit ended. */
  readonly covered: number;
  /** Whether the file ends with the unit: it is read to its end, wherever that is by now. */
  readonly last: boolean;
}
