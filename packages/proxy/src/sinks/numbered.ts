/** Taken ones that are kept at the front until they are cut off together. */
const slack = 1024;

/**
 * Things that get consecutive numbers, and are taken out by their numbers, roughly in order. Not a map, which costs the garbage collector several
 * times as much where everything comes and goes; see {@link OutgoingMessage.state}.
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
  /** The number of the first of them. */
  #first = 0;
  /** So many at the front were taken. */
  #taken = 0;

  /** The number that the next one gets. */
  get next(): number {
    return this.#first + this.#items.length;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** Undefined where nothing has the number, or it was taken already. */
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
