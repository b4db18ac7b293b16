import { withDeadline } from '@pgwamp/harness';

/** The received items, in order, which a scenario takes one by one. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** The next one; fails when none comes within a few seconds. */
  next(what: string): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return withDeadline(new Promise<T>((resolve) => this.#waiting.push(resolve)), 4000, what);
  }

  async take(count: number, what: string): Promise<T[]> {
    const items: T[] = [];
    while (items.length < count) items.push(await this.next(`${what} ${items.length + 1} of ${count}`));
    return items;
  }
}
