/** Limit of taken items at the front; then they are removed together. */
const slack = 1024;

/**
 * Items with consecutive numbers, taken out by number, roughly in order. Not a map, which costs the garbage collector
 * several times as much if every item is added and removed; see {@link OutgoingMessage.progress}.
 *
 * @example
 * ```ts
 * const sent = new Numbered<string>();
 * const number = sent.next; // 0
 * sent.add('first');
 * sent.take(number); // 'first'
 * sent.take(number); // undefined
 * ```
 */
export class Numbered<Item> {
  #items: (Item | undefined)[] = [];
  /** The number of the first item. */
  #first = 0;
  /** The number of taken items at the front. */
  #taken = 0;

  /** The number of the next item. */
  get next(): number {
    return this.#first + this.#items.length;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** Takes out an item; undefined if no item has the number, or it was already taken. */
  take(number: number): Item | undefined {
    const item = this.#items[number - this.#first];
    if (item === undefined) return undefined;
    this.#items[number - this.#first] = undefined;
    while (this.#taken < this.#items.length && this.#items[this.#taken] === undefined) this.#taken += 1;
    if (this.#taken >= slack) {
      this.#items = this.#items.slice(this.#taken);
      this.#first += this.#taken;
      this.#taken = 0;
    }
    return item;
  }
}
