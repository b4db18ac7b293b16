/** Does what concerns the same thing one after the other, and all else at once. */
export class InTurn {
  readonly #latest = new Map<string, Promise<unknown>>();

  async do<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#latest.get(key);
    const turn = before !== undefined ? before.then(work, work) : work();
    this.#latest.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#latest.get(key) === turn) this.#latest.delete(key);
    }
  }
}
