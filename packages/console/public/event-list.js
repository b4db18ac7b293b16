import { create } from './elements.js';
import { copiesOf } from './event-copies.js';
import { foldedText } from './folded-text.js';
import { duration, timeOfDay } from './format.js';
import { traceLink } from './trace-view.js';

/**
 * @typedef {import('./event-record.js').EventRecord} EventRecord
 * @typedef {import('./event-record.js').Payload} Payload
 */

/** Draws an {@link import('./event-log.js').EventLog}, newest row first; existing rows are not redrawn. */
export class EventList {
  /** @type {HTMLElement} */ #list;
  #generation = -1;
  #drawn = 0;
  /** Where the latency of a record stands. @type {WeakMap<EventRecord, HTMLElement>} */ #latencies = new WeakMap();

  #placeOf;

  /**
   * @param {HTMLElement} list
   * @param {() => { router: string, realm: string } | undefined} placeOf tells where a copied command publishes
   */
  constructor(list, placeOf) {
    this.#list = list;
    this.#placeOf = placeOf;
  }

  /** @param {import('./event-log.js').EventLog} log */
  draw(log) {
    if (log.generation !== this.#generation) {
      this.#list.replaceChildren();
      this.#generation = log.generation;
      this.#drawn = 0;
    }
    const rows = log.rows;
    const fresh = Math.min(rows.length, log.appended - this.#drawn);
    this.#drawn = log.appended;
    if (fresh === 0) return;
    // Old rows are removed first, so that no row is laid out only to be removed.
    const hadFocus = this.#list.contains(document.activeElement);
    while (this.#list.childElementCount > rows.length - fresh) this.#list.lastElementChild?.remove();
    // The focused row was removed; keyboard focus must not return to the top of the page.
    if (hadFocus && document.activeElement === document.body) this.#list.parentElement?.focus();
    this.#list.prepend(
      ...rows
        .slice(-fresh)
        .reverse()
        .map((record) => this.#row(record)),
    );
  }

  /** Redraws the latency, since the commit is now known. @param {EventRecord} record */
  drawLatency(record) {
    const place = this.#latencies.get(record);
    if (place) showLatency(place, record);
  }

  /** @param {EventRecord} record */
  #row(record) {
    const latency = create('span', { class: 'event-latency', 'data-testid': 'event-latency' });
    showLatency(latency, record);
    this.#latencies.set(record, latency);
    return row(record, latency, this.#placeOf);
  }
}

/**
 * One line, which expands to the whole event.
 *
 * @param {EventRecord} record
 * @param {HTMLElement} latency
 * @param {() => { router: string, realm: string } | undefined} placeOf
 */
function row(record, latency, placeOf) {
  const item = create('li', { class: 'event', 'data-testid': 'event', 'data-topic': record.topic });
  const { operation, text } = record.summary;
  const details = create('details', {});
  const summary = create(
    'summary',
    {},
    time(record),
    create('span', { class: 'event-topic' }, record.topic),
    create('span', { class: 'event-operation' }, operation),
    create('span', { class: 'event-summary' }, text || 'no arguments'),
    latency,
  );
  details.append(summary);
  details.addEventListener('toggle', () => details.childElementCount > 1 || details.append(whole(record, placeOf())));
  item.append(details);
  return item;
}

/** @param {EventRecord} record */
function time({ publishedAt, receivedAt, id, committedAt }) {
  const at = publishedAt ?? (id === undefined ? undefined : committedAt) ?? receivedAt;
  const word = publishedAt !== undefined ? 'published' : at === committedAt ? 'committed' : 'received';
  const attributes = { datetime: new Date(at).toISOString(), title: `${word} ${new Date(at).toISOString()}` };
  return create('time', { class: 'event-time', ...attributes }, timeOfDay(at));
}

/**
 * @param {HTMLElement} place
 * @param {EventRecord} record
 */
function showLatency(place, { latency: ms, latencySince }) {
  if (ms === undefined) return;
  const from = latencySince === 'commit' ? 'from the commit in the log to this page' : 'from published_at to this page';
  place.title = ms < 0 ? `${from}: the clock of the database is ahead of this one` : from;
  place.dataset.since = latencySince;
  place.textContent = duration(ms);
}

/**
 * @param {EventRecord} record
 * @param {{ router: string, realm: string } | undefined} place
 */
function whole(record, place) {
  const { publisher, publisher_authid: authid, publisher_authrole: authrole } = record.details;
  const facts = [];
  if (record.publication !== undefined) facts.push(`publication ${record.publication}`);
  if (record.id !== undefined) facts.push(`position ${record.id} of the log`);
  const name = record.publication ?? record.id;
  if (publisher !== undefined) facts.push(`published by session ${publisher}`);
  if (authid !== undefined) facts.push(`${authid}, role ${authrole}`);
  return create(
    'div',
    { class: 'event-whole' },
    ...record.payloads.map((shown) => payload(record, shown)),
    create(
      'div',
      { class: 'event-foot' },
      create('span', { class: 'muted' }, facts.join(', ')),
      ...(name === undefined ? [] : [traceLink(name)]),
      copies(record, place),
    ),
  );
}

/**
 * @param {EventRecord} record
 * @param {{ router: string, realm: string } | undefined} to
 */
function copies({ topic, values }, to) {
  const place = create('span', { class: 'copies' });
  if (!values) return place;
  for (const [name, text] of Object.entries(copiesOf({ topic, ...values }, to))) {
    const button = create('button', { type: 'button', class: 'quiet' }, `Copy as ${name}`);
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    });
    place.append(button);
  }
  return place;
}

/**
 * @param {EventRecord} record
 * @param {Payload} shown
 */
function payload(record, { name, text, length }) {
  const label = create('span', { class: 'payload-name' }, name);
  const whole = record.values && (() => record.whole(name));
  return create('div', { class: 'payload' }, label, create('div', {}, ...foldedText(text, length, whole)));
}
