/** One thing that the machine offers or lacks. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do if it is not ok; '' if nothing need be done. */
  readonly hint: string;
  /** Whether Duet cannot run at all without it. */
  readonly required: boolean;
  /** Heading that it is listed under. */
  readonly group: 'system' | 'sources' | 'file systems' | 'state' | 'tools';
}
