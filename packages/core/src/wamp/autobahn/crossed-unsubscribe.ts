/**
 * In AutobahnJS the handlers of a topic share one subscription. To end it for the last of them while another one is being
 * added ends both. So what concerns the same topic is done one after the other, and all else at the same time.
 */
export class PerTopic {
  readonly #latest = new Map<string, Promise<unknown>>();

  async do<Result>(topic: string, options: object, work: () => Promise<Result>): Promise<Result> {
    const key = `${(options as { match?: string }).match ?? 'exact'} ${topic}`;
    const before = this.#latest.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#latest.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#latest.get(key) === turn) this.#latest.delete(key);
    }
  }
}
