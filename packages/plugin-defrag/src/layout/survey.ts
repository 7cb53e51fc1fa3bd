import { joinPath, ThreadScanner } from '@duet/core';
import type { BytePath, ScanBatch } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { close } from '@duet/core/kernel/syscalls';
import { readLayout } from './file-layout.js';
import type { FileLayout } from './file-layout.js';

/** A file below the path, and how it lies on the disk. */
export interface SurveyedFile {
  /** Relative to the path; '' if that is the file. */
  readonly path: BytePath;
  readonly bytes: number;
  readonly layout: FileLayout;
}

/**
 * The layouts of all files of at least `minBytes` below a path, each once
 * whatever its names. Reads no content. Files that can't be opened, and those
 * whose file system does not tell, are left out.
 *
 * @throws {DuetError} `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED`
 */
export async function* survey(path: BytePath, minBytes: number, signal: AbortSignal): AsyncGenerator<SurveyedFile> {
  const root = Root.open(path);
  const scanner = new ThreadScanner(path);
  const folders = new Map<number, BytePath>();
  const linked = new Set<string>();
  try {
    for await (const batch of scanner.scan({ residency: false, physical: false })) {
      signal.throwIfAborted();
      for (const { no, parent, name } of batch.newFolders) folders.set(no, no === 0 ? ('' as BytePath) : joinPath(folders.get(parent)!, name));
      for (let row = 0; row < batch.count; row++) {
        if (batch.size[row] < minBytes || isKnown(batch, row, linked)) continue;
        const relative = root.isFolder ? joinPath(folders.get(batch.folder[row])!, nameOf(batch, row)) : ('' as BytePath);
        const layout = layoutAt(root, relative);
        if (layout !== undefined) yield { path: relative, bytes: batch.size[row], layout };
      }
    }
  } finally {
    await scanner.close();
    root.close();
  }
}

/** Whether another name of the same file came before. */
function isKnown({ fs, ino, nlink }: ScanBatch, row: number, linked: Set<string>): boolean {
  if (nlink[row] === 1) return false;
  const id = `${fs[row]}/${ino[row]}`;
  if (linked.has(id)) return true;
  linked.add(id);
  return false;
}

function nameOf({ names, nameEnd }: ScanBatch, row: number): BytePath {
  return Buffer.from(names.subarray(row === 0 ? 0 : nameEnd[row - 1], nameEnd[row])).toString('latin1') as BytePath;
}

function layoutAt(root: Root, path: BytePath): FileLayout | undefined {
  const fd = root.openFile(path);
  if (fd < 0) return undefined;
  try {
    const layout = readLayout(fd);
    return typeof layout === 'number' ? undefined : layout;
  } finally {
    close(fd);
  }
}
