/** The lab cannot be set up or a program in it failed; the message says what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
