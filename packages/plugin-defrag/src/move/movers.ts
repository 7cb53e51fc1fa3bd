import { FsMagic } from '@duet/core/kernel/syscalls';
import { moveOnBtrfs } from './btrfs.js';
import { moveOnExt4 } from './ext4.js';
import type { Mover } from './move.js';
import { moveOnXfs } from './xfs.js';

const MOVERS: Readonly<Record<number, Mover>> = {
  [FsMagic.EXT]: moveOnExt4,
  [FsMagic.XFS]: moveOnXfs,
  [FsMagic.BTRFS]: moveOnBtrfs,
};

/** How files move on the file system with this magic number (`fsMagic`); undefined if it offers nothing. */
export function moverOf(magic: number): Mover | undefined {
  return MOVERS[magic];
}
