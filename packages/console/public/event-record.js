import { SHOWN } from './folded-text.js';
import { pretty, visible } from './json.js';
import { publishedAt } from './latency.js';

/** Characters of the summary in a row. */
const SUMMARY = 300;

/** Of messages beyond this many characters only some are kept whole; see `EventLog`. */
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

/** An event as the list shows it; its text is made when somebody looks, which in a burst is seldom. */
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
    /** Its position in the log, of what is watched without a router. */
    this.id = event.id;
    /** When its transaction was committed, as soon as that is known. @type {number | undefined} */
    this.committedAt = event.committedAt;
    this.details = event.details;
    this.receivedAt = receivedAt;
    this.publishedAt = publishedAt(event.kwargs);
    this.#values = { args: event.args, kwargs: event.kwargs };
    /** Characters of the whole message. */
    this.size = event.size;
  }

  /** Milliseconds from the commit to here, or from `published_at` where the commit is not known; `undefined` if neither is. */
  get latency() {
    const begun = this.committedAt ?? this.publishedAt;
    return begun === undefined ? undefined : this.receivedAt - begun;
  }

  /** What the latency is measured from. @returns {'commit' | 'published_at'} */
  get latencySince() {
    return this.committedAt === undefined ? 'published_at' : 'commit';
  }

  /** The arguments; `undefined` if the event was too large to be kept. */
  get values() {
    return this.#values;
  }

  /** Arguments and keyword arguments, printed; what is empty is left out. */
  get payloads() {
    this.#payloads ??= this.#print();
    return this.#payloads;
  }

  /** What a row shows: of a change of a row its operation, its key and what has changed, else the arguments. */
  get summary() {
    const { args, kwargs } = this.#values ?? { args: [], kwargs: {} };
    const { operation, new: after, old: before } = kwargs;
    if (typeof operation === 'string' && (isRow(after) || isRow(before))) {
      return { operation, text: visible(changeText(before, after)).slice(0, SUMMARY) };
    }
    // A large one is printed once, for all that shows it.
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
   * All of the arguments, printed; of a record that has not forgotten them.
   *
   * @param {'args' | 'kwargs'} name
   */
  whole(name) {
    return visible(pretty(this.#values?.[name]));
  }

  /** Keeps only what is shown. */
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
