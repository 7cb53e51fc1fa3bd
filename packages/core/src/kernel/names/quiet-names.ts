import type { NameSource } from '../../model/index.js';

/** Knows of no change of names: new names are found by scans alone. */
export class QuietNames implements NameSource {
  follow(): boolean {
    return false;
  }

  unfollow(): void {
    // Nothing is followed.
  }

  drain(): boolean {
    return false;
  }

  stop(): void {
    // There is nothing to stop.
  }
}
