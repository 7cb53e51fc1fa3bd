/**
 * A few things that come and go by the thousand, each in a place of an array.
 *
 * A map would do, but for the garbage collector: each time a map makes itself
 * new, its old table, once promoted, keeps all that it held until the next
 * full collection.
 */
export class Places<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts it somewhere; gives the place. */
  put(item: T): number {
    const place = this.#free.pop() ?? this.#items.length;
    this.#items[place] = item;
    this.#size++;
    return place;
  }

  free(place: number): void {
    this.#items[place] = undefined;
    this.#free.push(place);
    this.#size--;
  }

  *values(): IterableIterator<T> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }
}
