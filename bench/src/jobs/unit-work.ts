/** What a thread of a job does with the content of one unit after the other. */
export interface UnitWork {
  /** A unit begins: `path` is relative to the task's, in bytes (latin1); `offset` its first byte in the file. */
  begin(path: string, offset: number): void;
  /** The next piece of the unit, in order; its memory is used again afterwards. */
  take(piece: Buffer): void;
  /** The unit is complete; gives what the task keeps of it. */
  end(): Uint8Array;
  /** Makes durable what was written for the units that are complete. */
  flush(): void;
}
