import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** Makes the names in a folder durable. Throws errno errors. */
export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
