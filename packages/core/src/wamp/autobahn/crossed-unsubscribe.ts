/**
 * In AutobahnJS, the handlers of a topic share one subscription. If the last handler is removed while another one is
 * being added, both end. Therefore operations on the same topic run one after the other. Other operations run
 * concurrently.
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
