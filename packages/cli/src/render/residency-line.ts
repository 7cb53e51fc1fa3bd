import { PAGE_BYTES } from '@duet/core/model';
import type { BytePath } from '@duet/core';
import { jsonLine, pathFields } from './json-line.js';
import { printablePath } from './printable.js';
import { counted, percent, size } from './quantity.js';

/** What of one file is cached. Counts are pages. */
export interface FileResidency {
  readonly path: BytePath;
  /** Bytes. */
  readonly size: number;
  readonly pages: number;
  readonly resident: number;
  readonly dirty: number;
  /** Cached pages in each of `MAP_CELLS` equal parts of the file, as a share from 0 to 1. */
  readonly map: readonly number[];
}

/** What of all files is cached; a file with several names counts once. */
export interface ResidencyTotals {
  files: number;
  size: number;
  pages: number;
  resident: number;
  dirty: number;
}

/** Length of the picture of a file. */
export const MAP_CELLS = 20;

/** The heading of the columns. */
export const RESIDENCY_HEADING = `${'cached'.padStart(6)}  ${''.padEnd(MAP_CELLS + 2)}  ${'resident'.padStart(10)}  ${'size'.padStart(10)}  ${'dirty'.padStart(9)}  path\n`;

/** A file for people: percent, where in the file its cached pages are (`O` all, `o` some), bytes cached, size, dirty bytes, path. */
export function residencyTextLine(file: FileResidency): string {
  return `${columns(file, pictureOf(file))}  ${printablePath(file.path)}\n`;
}

/** The last line for people. */
export function residencyTotalLine(totals: ResidencyTotals): string {
  return `${columns(totals, ''.padEnd(MAP_CELLS + 2))}  total of ${counted(totals.files, 'file')}\n`;
}

export function residencyJsonLine({ path, size, pages, resident, dirty }: FileResidency): string {
  return jsonLine({ ...pathFields(path), size, pages, resident, dirty });
}

function columns({ size: bytes, pages, resident, dirty }: Omit<ResidencyTotals, 'files'>, picture: string): string {
  const cached = Math.min(bytes, resident * PAGE_BYTES);
  const share = pages === 0 ? '-' : `${percent(resident, pages)}%`;
  const written = dirty === 0 ? '' : size(dirty * PAGE_BYTES);
  return `${share.padStart(6)}  ${picture}  ${size(cached).padStart(10)}  ${size(bytes).padStart(10)}  ${written.padStart(9)}`;
}

function pictureOf({ map }: FileResidency): string {
  const cells = map.map((share) => (share >= 1 ? 'O' : share > 0 ? 'o' : ' '));
  return `[${cells.join('').padEnd(MAP_CELLS)}]`;
}
