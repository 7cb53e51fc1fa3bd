import { PageEvent } from '@duet/core/model';
import type { Item } from '@duet/core/model';

/** What is claimed of a page's state. `UNKNOWN`: opposite events came in one item, so either may hold. */
export const Claim = { NO: 0, YES: 1, UNKNOWN: 2 } as const;

/**
 * What a session has told of one file's pages, one byte (`Claim`) a page.
 *
 * A page that nothing was told of is claimed to be neither cached nor dirty:
 * a session begins by telling what is.
 */
export class PageClaims {
  resident = new Uint8Array(0);
  dirty = new Uint8Array(0);

  /** Grows to `pages` pages at least. */
  reach(pages: number): void {
    if (pages <= this.resident.length) return;
    const length = Math.max(pages, this.resident.length * 2);
    this.resident = grown(this.resident, length);
    this.dirty = grown(this.dirty, length);
  }

  /** Nothing that was told need hold any more. */
  doubt(): void {
    this.resident.fill(Claim.UNKNOWN);
    this.dirty.fill(Claim.UNKNOWN);
  }

  /** Takes what an item tells; gives how many of its pages were told a state that they had been told before. */
  take(item: Item): number {
    this.reach(item.index + item.pages);
    let repeated = 0;
    for (let page = item.index; page < item.index + item.pages; page++) {
      const wasThere = this.resident[page] === Claim.YES;
      if (this.#takeResident(page, item.events, item.changed)) repeated += 1;
      if (this.#takeDirty(page, item.events, item.changed, wasThere)) repeated += 1;
    }
    return repeated;
  }

  #takeResident(page: number, events: number, changed: number): boolean {
    const told = this.resident[page];
    if (changed & PageEvent.EXISTS) this.resident[page] = events & PageEvent.EXISTS ? Claim.YES : Claim.NO;
    else if ((events & IN_OUT) === IN_OUT) this.resident[page] = Claim.UNKNOWN;
    else if (events & PageEvent.ADDED) this.resident[page] = Claim.YES;
    else if (events & PageEvent.REMOVED) this.resident[page] = Claim.NO;
    return (changed & PageEvent.EXISTS) !== 0 && this.resident[page] === told;
  }

  #takeDirty(page: number, events: number, changed: number, wasThere: boolean): boolean {
    const told = this.dirty[page];
    if (changed & PageEvent.MODIFIED) {
      this.dirty[page] = events & PageEvent.MODIFIED ? Claim.YES : Claim.NO;
      return this.dirty[page] === told;
    }
    const cleared = events & (PageEvent.FLUSHED | PageEvent.REMOVED);
    if (events & PageEvent.DIRTY) this.dirty[page] = cleared ? Claim.UNKNOWN : Claim.YES;
    // A page that comes, and is not told to be dirty, is clean. Of one that was there already something was lost: what
    // a probe then finds as it was told last is not told again.
    else if (cleared || (events & PageEvent.ADDED && !wasThere)) this.dirty[page] = Claim.NO;
    return false;
  }
}

const IN_OUT = PageEvent.ADDED | PageEvent.REMOVED;

function grown(from: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(length);
  to.set(from);
  return to;
}
