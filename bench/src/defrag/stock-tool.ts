import type { FsType } from '../lab/lab.js';

/** What users run today to defragment all files below a folder. */
export function stockTool(fs: FsType, root: string, paths: readonly string[]): { readonly name: string; readonly argv: readonly string[] } {
  switch (fs) {
    case 'ext4':
      return { name: 'e4defrag', argv: ['e4defrag', root] };
    case 'xfs':
      // A folder has it look at that alone, and the whole file system would be searched for hours.
      return { name: 'xfs_fsr', argv: ['xfs_fsr', ...paths] };
    case 'btrfs':
      return { name: 'btrfs filesystem defragment', argv: ['sh', '-c', 'btrfs filesystem defragment -r "$1" && sync -f "$1"', 'sh', root] };
  }
}

/** The tools that it takes. */
export const STOCK_TOOLS: Readonly<Record<FsType, string>> = { ext4: 'e4defrag', xfs: 'xfs_fsr', btrfs: 'btrfs' };
