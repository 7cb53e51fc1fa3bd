import { fdatasyncSync, fstatSync } from 'node:fs';
import { close, EINVAL, ioctl, NativeBuffer } from '@duet/core/kernel/syscalls';
import { within } from '../layout/file-layout.js';
import type { Range } from '../layout/file-layout.js';
import { openDonor, openForMove } from './donor.js';
import type { Move, MovedFile } from './move.js';
import { MoveError, succeeded } from './move-error.js';

const EXT4_IOC_MOVE_EXT = 0xc028660f;

const request = new NativeBuffer(40);

/**
 * Moves a file of ext4 as e4defrag does: the kernel exchanges its blocks with
 * those of a donor and copies the content through the page cache, page by page
 * and in its journal, so that the file is whole at each moment. By descriptor,
 * which e4defrag can't: it takes names, and would follow one that is swapped.
 */
export function moveOnExt4(file: MovedFile): Move | undefined {
  const donor = openDonor(file);
  if (donor === undefined) return undefined;
  try {
    return new Ext4Move(file, openForMove(file.fd), donor);
  } catch (error) {
    close(donor);
    throw error;
  }
}

class Ext4Move implements Move {
  readonly pieceBytes = 16 * 2 ** 20;
  readonly fd: number;
  readonly #donor: number;
  readonly #blockBytes: number;
  readonly #allocated: readonly Range[];

  constructor({ layout }: MovedFile, fd: number, donor: number) {
    this.fd = fd;
    this.#donor = donor;
    this.#allocated = layout.allocated;
    this.#blockBytes = fstatSync(fd).blksize;
  }

  take(): void {}

  piece(piece: Range): void {
    for (const { offset, bytes } of within(this.#allocated, piece)) this.#exchange(offset / this.#blockBytes, Math.ceil(bytes / this.#blockBytes));
  }

  checked(): void {}

  commit(): 'moved' {
    fdatasyncSync(this.fd);
    return 'moved';
  }

  close(): void {
    close(this.#donor);
    close(this.fd);
  }

  #exchange(start: number, blocks: number): void {
    for (let done = 0; done < blocks; ) {
      request.view.setUint32(4, this.#donor, true);
      request.setU64(8, start + done);
      request.setU64(16, start + done);
      request.setU64(24, blocks - done);
      request.setU64(32, 0);
      succeeded('ioctl(EXT4_IOC_MOVE_EXT)', ioctl(this.fd, EXT4_IOC_MOVE_EXT, request.address));
      const moved = request.u64(32);
      if (moved === 0) throw new MoveError('ioctl(EXT4_IOC_MOVE_EXT)', -EINVAL);
      done += moved;
    }
  }
}
