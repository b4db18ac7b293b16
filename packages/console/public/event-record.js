import { SHOWN } from './folded-text.js';
import { pretty, visible } from './json.js';
import { publishedAt } from './latency.js';

/** Limit of characters of the summary in a row. */
const SUMMARY = 300;

/** Messages beyond this many characters are not all kept completely; see `EventLog`. */
export const LARGE = 32_768;

/** @typedef {{ name: 'args' | 'kwargs', text: string, length: number }} Payload */

/**
 * @param {'args' | 'kwargs'} name
 * @param {unknown} value
 * @returns {Payload}
 */
function payload(name, value) {
  const text = visible(pretty(value));
  return { name, text: text.slice(0, SHOWN), length: text.length };
}

/** An event in the list. Its text is created on demand, which is rare in a burst. */
export class EventRecord {
  /** @type {{ args: unknown[], kwargs: Record<string, any> } | undefined} */ #values;
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
    /** Its position in the log, for sources without a router. */
    this.id = event.id;
    /** The commit time of its transaction, as soon as it is known. @type {number | undefined} */
    this.committedAt = event.committedAt;
    this.details = event.details;
    this.receivedAt = receivedAt;
    this.publishedAt = publishedAt(event.kwargs);
    this.#values = { args: event.args, kwargs: event.kwargs };
    /** Characters of the whole message. */
    this.size = event.size;
  }

  /**
   * Milliseconds from the commit to the arrival, or from `published_at` if the commit is unknown; `undefined` if both
   * are.
   */
  get latency() {
    const begun = this.committedAt ?? this.publishedAt;
    return begun === undefined ? undefined : this.receivedAt - begun;
  }

  /** The start of the latency. @returns {'commit' | 'published_at'} */
  get latencySince() {
    return this.committedAt === undefined ? 'published_at' : 'commit';
  }

  /** The arguments; `undefined` if the event was too large to be kept. */
  get values() {
    return this.#values;
  }

  /** Arguments and keyword arguments, printed; empty ones are omitted. */
  get payloads() {
    this.#payloads ??= this.#print();
    return this.#payloads;
  }

  /** The summary of a row: for a row change its operation, key and changed columns, otherwise the arguments. */
  get summary() {
    const { args, kwargs } = this.#values ?? { args: [], kwargs: {} };
    const { operation, new: after, old: before } = kwargs;
    if (typeof operation === 'string' && (isRow(after) || isRow(before))) {
      return { operation, text: visible(changeText(before, after)).slice(0, SUMMARY) };
    }
    // A large one is printed once for all its uses.
    const texts =
      this.#values && this.size <= LARGE
        ? [...args.map((value) => JSON.stringify(value)), ...Object.entries(kwargs).map(pairText)]
        : this.payloads.map(({ text }) => text);
    return {
      operation: typeof operation === 'string' ? operation : '',
      text: visible(texts.join('  ')).slice(0, SUMMARY),
    };
  }

  /**
   * @param {string} text in lower case
   * @returns {boolean} whether topic or payload contain it
   */
  matches(text) {
    this.#searchable ??= [this.topic, ...this.payloads.map((shown) => shown.text)].join('\n').toLowerCase();
    return this.#searchable.includes(text);
  }

  /**
   * All arguments, printed; only if the record still has them.
   *
   * @param {'args' | 'kwargs'} name
   */
  whole(name) {
    return visible(pretty(this.#values?.[name]));
  }

  /** Keeps only the shown part. */
  forget() {
    this.#payloads ??= this.#print();
    this.#values = undefined;
  }

  #print() {
    const { args, kwargs } = this.#values ?? { args: [], kwargs: {} };
    const payloads = [];
    if (args.length > 0) payloads.push(payload('args', args));
    if (Object.keys(kwargs).length > 0) payloads.push(payload('kwargs', kwargs));
    return payloads;
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRow(value) {
  return typeof value === 'object' && value !== null;
}

/** @param {[string, unknown]} pair */
function pairText([name, value]) {
  return `${name}=${JSON.stringify(value)}`;
}

/**
 * The first column, which is the key in most tables, and then the columns that differ, or all of them.
 *
 * @param {unknown} before
 * @param {unknown} after
 */
function changeText(before, after) {
  const row = isRow(after) ? after : before;
  const columns = Object.entries(isRow(row) ? row : {});
  if (!isRow(before) || !isRow(after)) return columns.map(pairText).join('  ');
  const key = columns.find(([name]) => name === 'id') ?? columns[0];
  const changed = columns.filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value));
  const changes = changed.map(([name, value]) => `${name}: ${JSON.stringify(before[name])} → ${JSON.stringify(value)}`);
  return [...(key ? [pairText(key)] : []), ...changes].join('  ');
}
