/** Bits of `state` in writeback_single_inode: I_SYNC, always set there, and I_DIRTY_PAGES. */
interface StateLayout {
  readonly sync: number;
  readonly dirtyPages: number;
}

/** Since Linux 6.12 or so (`inode_state_flags_t`, seen on 6.18), and before. */
const LAYOUTS: readonly StateLayout[] = [
  { sync: 1 << 1, dirtyPages: 1 << 6 },
  { sync: 1 << 7, dirtyPages: 1 << 2 },
];

/**
 * Tells whether an inode has dirty pages left, from the state in a writeback event.
 *
 * The kernel prints these bits by name but nowhere tells their values, and they
 * were renumbered. I_SYNC is always set in this event, so the first record
 * where only one layout's I_SYNC is set tells which one this kernel has; until
 * then the answer is "not known", which is false here.
 */
export class InodeState {
  #layout: StateLayout | undefined;

  /** Whether the inode surely has no dirty pages. */
  isClean(state: number): boolean {
    const layout = (this.#layout ??= recognize(state));
    return layout !== undefined && (state & layout.sync) !== 0 && (state & layout.dirtyPages) === 0;
  }
}

function recognize(state: number): StateLayout | undefined {
  const possible = LAYOUTS.filter((layout) => (state & layout.sync) !== 0);
  return possible.length === 1 ? possible[0] : undefined;
}
