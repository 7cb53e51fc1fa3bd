/** Why a file is left alone, and what people are told. */
export const SKIP_REASONS = {
  'few-fragments': 'it lies in few pieces',
  'other-file-system': 'its file system offers no defragmentation',
  'just-written': 'it was written a moment ago, or is not on the disk yet',
  'open-for-writing': 'a program has it open for writing, or mapped',
  'in-use': 'a program was using it just then',
  'running': 'it is a program that runs',
  'immutable': 'it is immutable or append-only (chattr +i, +a)',
  'no-defrag': 'it is marked as not to be defragmented',
  'swap': 'the system swaps to it',
  'shared': 'other files or snapshots share its extents; see the option shared',
  'encoded': 'it is compressed, encrypted or protected by the file system',
  'unsuitable': 'its file system cannot move it',
  'not-permitted': 'this user may not write to it',
  'no-space': 'the file system has too little free space',
  'no-better-place': 'the free space is in pieces too small to hold it better',
  'enough': 'as much as was asked for is done',
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;
