/**
 * Interval in milliseconds between two requests, and its maximum while they have no result: with deliveries other than
 * `wal`, no commit is known.
 */
const [INTERVAL, LONGEST_INTERVAL] = [500, 10_000];

/** Limit of events per request; of a burst, a random sample. */
const MOST = 50;

/** Limit of requests for one event: the Publisher may receive the acknowledgement after the page has the event. */
const TRIES = 3;

/** @typedef {import('./event-record.js').EventRecord} EventRecord */

/** Asks the node for the commit times of events, which the Publisher reads from the log. */
export class CommitTimes {
  #node;
  #onKnown;
  /** @type {{ record: EventRecord, tries: number }[]} */ #waiting = [];
  #offered = 0;
  #interval = INTERVAL;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * @param {Pick<import('./node-client.js').NodeClient, 'commits'>} node
   * @param {(record: EventRecord) => void} onKnown hears of a record whose commit is known now
   */
  constructor(node, onKnown) {
    this.#node = node;
    this.#onKnown = onKnown;
  }

  /** @param {EventRecord} record */
  add(record) {
    if (record.publication === undefined) return;
    this.#offered += 1;
    const place = this.#waiting.length < MOST ? this.#waiting.length : Math.floor(Math.random() * this.#offered);
    if (place < MOST) this.#waiting[place] = { record, tries: 0 };
    this.#timer ??= setTimeout(() => void this.#ask(), this.#interval);
  }

  async #ask() {
    const asked = this.#waiting;
    this.#waiting = [];
    this.#offered = 0;
    const numbers = asked.map(({ record }) => /** @type {number} */ (record.publication));
    // Without an answer, the latency since the commit is unknown; the Overview shows that the node does not answer.
    const commits = await this.#node.commits(numbers).catch(() => /** @type {Record<string, number>} */ ({}));
    this.#interval = Object.keys(commits).length > 0 ? INTERVAL : Math.min(LONGEST_INTERVAL, this.#interval * 2);
    this.#timer = undefined;
    for (const { record, tries } of asked) {
      const committedAt = commits[String(record.publication)];
      if (committedAt !== undefined) {
        record.committedAt = committedAt;
        this.#onKnown(record);
      } else if (tries + 1 < TRIES && this.#waiting.length < MOST) {
        this.#waiting.push({ record, tries: tries + 1 });
      }
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.#ask(), this.#interval);
  }
}
