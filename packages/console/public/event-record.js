import { pretty } from './json.js';
import { publishedAt } from './latency.js';

/** Characters of a payload that are shown; a longer one says how long it is. */
const SHOWN = 4000;

/** Messages beyond this many characters keep only what is shown of them: 200 rows must fit in memory. */
const LARGE = 32_768;

/** @typedef {{ name: 'args' | 'kwargs', text: string, length: number }} Payload */

/**
 * @param {'args' | 'kwargs'} name
 * @param {unknown} value
 * @returns {Payload}
 */
function payload(name, value) {
  const text = pretty(value);
  return { name, text: text.slice(0, SHOWN), length: text.length };
}

/** An event as the list shows it; its text is made when somebody looks, which in a burst is seldom. */
export class EventRecord {
  /** @type {{ args: unknown[], kwargs: Record<string, unknown> } | undefined} */ #values;
  /** @type {Payload[] | undefined} */ #payloads;
  /** @type {string | undefined} */ #searchable;

  /**
   * @param {string} topic
   * @param {import('./wamp.js').WampEvent} event
   * @param {number} receivedAt ms since 1970
   */
  constructor(topic, event, receivedAt) {
    this.topic = topic;
    this.publication = event.publication;
    this.receivedAt = receivedAt;
    this.publishedAt = publishedAt(event.kwargs);
    this.#values = { args: event.args, kwargs: event.kwargs };
    if (event.size > LARGE) this.payloads;
  }

  /** Milliseconds from commit to here; `undefined` if the event does not tell when it was published. */
  get latency() {
    return this.publishedAt === undefined ? undefined : this.receivedAt - this.publishedAt;
  }

  /** Arguments and keyword arguments, printed; what is empty is left out. */
  get payloads() {
    this.#payloads ??= this.#print();
    return this.#payloads;
  }

  /**
   * @param {string} text in lower case
   * @returns {boolean} whether topic or payload contain it
   */
  matches(text) {
    this.#searchable ??= [this.topic, ...this.payloads.map((shown) => shown.text)].join('\n').toLowerCase();
    return this.#searchable.includes(text);
  }

  #print() {
    const { args, kwargs } = this.#values ?? { args: [], kwargs: {} };
    this.#values = undefined;
    const payloads = [];
    if (args.length > 0) payloads.push(payload('args', args));
    if (Object.keys(kwargs).length > 0) payloads.push(payload('kwargs', kwargs));
    return payloads;
  }
}
