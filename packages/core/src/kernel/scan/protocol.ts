import { DuetError, errnoOf } from '../../model/index.js';
import type { BytePath, ErrorCode, ProbeBatch, ReleaseBatch, ScanBatch, ScanOptions } from '../../model/index.js';
import type { ProbeRequest } from './prober.js';
import type { ReleaseRequest } from './releaser.js';

/** How many batches of a walk may be on their way or waiting to be taken. */
export const BATCHES_AHEAD = 4;

/** To the scan thread: once what it works on, before all else (`stop[0]` becomes 1 when it is to end); then requests, numbered by `id`. */
export type ScanRequest =
  | { readonly type: 'open'; readonly path: BytePath; readonly stop: Int32Array }
  | { readonly type: 'scan'; readonly id: number; readonly options: ScanOptions }
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'probe'; readonly id: number; readonly request: ProbeRequest }
  | { readonly type: 'release'; readonly id: number; readonly request: ReleaseRequest }
  | { readonly type: 'close' };

/** From the scan thread. */
export type ScanReply =
  | { readonly type: 'batch'; readonly id: number; readonly batch: ScanBatch }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'probed'; readonly id: number; readonly batch: ProbeBatch }
  | { readonly type: 'released'; readonly id: number; readonly batch: ReleaseBatch }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError };

/** An error as it travels between threads, which would strip a class of its fields. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly message: string;
  readonly path: string | undefined;
  readonly hint: string | undefined;
  readonly errno: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  const known = error instanceof DuetError ? error : undefined;
  return {
    code: known?.code ?? 'DUET_ERR_INTERNAL',
    operation: known?.operation ?? 'look at the files',
    message: error instanceof Error ? error.message : String(error),
    path: known?.path,
    hint: known?.hint,
    errno: errnoOf(error),
  };
}

export function fromPlainError(plain: PlainError): DuetError {
  const { code, operation, message, path, hint, errno } = plain;
  return new DuetError(code, {
    operation,
    message,
    ...(path === undefined ? {} : { path }),
    ...(hint === undefined ? {} : { hint }),
    ...(errno === undefined ? {} : { cause: Object.assign(new Error(errno), { code: errno }) }),
  });
}
