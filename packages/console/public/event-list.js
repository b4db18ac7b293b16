import { create } from './elements.js';
import { count, duration, timeOfDay } from './format.js';
import { tokens } from './json.js';

/** A payload of more lines than this is folded. */
const LINES = 16;

/** Beyond this many characters a payload is not coloured: thousands of elements per row would be slow. */
const COLOURED = 1500;

/**
 * @typedef {import('./event-record.js').EventRecord} EventRecord
 * @typedef {import('./event-record.js').Payload} Payload
 */

/** Draws an {@link import('./event-log.js').EventLog}, the newest row first; rows that are there are left alone. */
export class EventList {
  /** @type {HTMLElement} */ #list;
  #generation = -1;
  #drawn = 0;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
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
    // Old rows first: none is laid out only to be removed.
    while (this.#list.childElementCount > rows.length - fresh) this.#list.lastElementChild?.remove();
    this.#list.prepend(...rows.slice(-fresh).reverse().map(row));
  }
}

/** @param {EventRecord} record */
function row(record) {
  const item = create('li', { class: 'event', 'data-testid': 'event', 'data-topic': record.topic });
  item.append(time(record), create('span', { class: 'event-topic' }, record.topic), latency(record));
  const body = create('div', { class: 'event-payload' }, ...record.payloads.map(payload));
  if (record.payloads.length === 0) body.append(create('span', { class: 'muted' }, 'no arguments'));
  item.append(body);
  return item;
}

/** @param {EventRecord} record */
function time({ publishedAt, receivedAt, publication }) {
  const at = publishedAt ?? receivedAt;
  const title = `${publishedAt === undefined ? 'received' : 'published'} ${new Date(at).toISOString()}`;
  const attributes = { datetime: new Date(at).toISOString(), title: `${title}, publication ${publication}` };
  return create('time', { class: 'event-time', ...attributes }, timeOfDay(at));
}

/** @param {EventRecord} record */
function latency({ latency: ms }) {
  if (ms === undefined) return create('span', { class: 'event-latency' });
  const title = ms < 0 ? 'the clock of the database is ahead of this one' : 'from commit to this page';
  return create('span', { class: 'event-latency', title }, duration(ms));
}

/** @param {Payload} shown */
function payload(shown) {
  const label = create('span', { class: 'payload-name' }, shown.name);
  const code = create('code', { class: 'json' }, ...coloured(shown.text));
  if (shown.length > shown.text.length) code.append(rest(shown));
  const lines = shown.text.split('\n').length;
  if (lines <= LINES) return create('div', { class: 'payload' }, label, code);
  const summary = create('summary', {}, `${count(lines)} lines, ${count(shown.length)} characters`);
  return create('div', { class: 'payload' }, label, create('details', {}, summary, code));
}

/** @param {Payload} shown */
function rest({ text, length }) {
  return create('span', { class: 'muted' }, `\n… ${count(length - text.length)} more characters`);
}

/** @param {string} text */
function coloured(text) {
  if (text.length > COLOURED) return [text];
  return Array.from(tokens(text), (token) =>
    token.kind ? create('span', { class: `json-${token.kind}` }, token.text) : token.text,
  );
}
