import { initCommand } from './init.js';
import { lsCommand } from './ls.js';
import { restoreCommand } from './restore.js';
import { snapshotsCommand } from './snapshots.js';
import { verifyCommand } from './verify.js';

/** Commands of the plugin, `duet backup …`. */
export const backupCommands = [initCommand, snapshotsCommand, lsCommand, restoreCommand, verifyCommand];
