import { byId, framed, say } from './elements.js';
import { EventList } from './event-list.js';
import { EventLog } from './event-log.js';
import { count, counted } from './format.js';

/**
 * Interval in milliseconds between two redraws of the list: nobody reads faster, and the page stays responsive in a
 * burst.
 */
const INTERVAL = 100;

/** The list of events with its filter, pause and clear. */
export class EventsView {
  #log = new EventLog();
  #list;
  #draw = framed(() => this.#drawNow(), INTERVAL);
  #dropped = 0;
  #filter = /** @type {HTMLInputElement} */ (byId('filter'));
  /** @type {() => string | undefined} */ #example;

  /**
   * @param {() => string | undefined} example the topic that the empty state shows how to publish to
   * @param {() => void} onFilter hears that the filter was changed
   * @param {() => { router: string, realm: string } | undefined} placeOf tells where a copied command publishes
   */
  constructor(example, onFilter, placeOf) {
    this.#example = example;
    this.#list = new EventList(byId('events'), placeOf);
    this.#filter.addEventListener('input', () => {
      this.#change(() => (this.#log.filter = this.#filter.value));
      onFilter();
    });
    byId('pause').addEventListener('click', () => this.#change(() => this.#togglePause()));
    byId('clear').addEventListener('click', () => this.#change(() => this.#log.clear()));
    this.#draw();
  }

  get filter() {
    return this.#filter.value.trim();
  }

  set filter(text) {
    this.#filter.value = text;
    this.#change(() => (this.#log.filter = text));
  }

  /** @param {import('./event-record.js').EventRecord} record */
  add(record) {
    this.#log.add(record);
    this.#draw();
  }

  /** Called when the commit of an event is known. @param {import('./event-record.js').EventRecord} record */
  measured(record) {
    this.#list.drawLatency(record);
  }

  /** Called with the number of notifications that the node has dropped. @param {number} number */
  dropped(number) {
    this.#dropped += number;
    byId('dropped').hidden = false;
    byId('dropped').textContent =
      `Not shown: ${counted(this.#dropped, 'notifications')}. They came faster than this page can show them.`;
  }

  /** Redraws after the topics have changed. */
  refresh() {
    this.#draw();
  }

  /** @param {() => void} change */
  #change(change) {
    change();
    this.#draw();
  }

  #togglePause() {
    if (this.#log.paused) this.#log.resume();
    else this.#log.paused = true;
  }

  #drawNow() {
    this.#list.draw(this.#log);
    const { rows, kept, paused, held, filter } = this.#log;
    const pause = byId('pause');
    pause.textContent = paused ? `Resume${held ? ` (${count(held)} new)` : ''}` : 'Pause';
    pause.dataset.paused = String(paused);
    byId('shown').textContent = filter ? `${count(rows.length)} matching` : kept ? `the last ${count(kept)}` : '';
    this.#drawEmpty(rows.length === 0, filter !== '');
  }

  /**
   * @param {boolean} empty
   * @param {boolean} filtered
   */
  #drawEmpty(empty, filtered) {
    byId('events-region').hidden = empty;
    byId('empty').hidden = !empty || filtered;
    byId('no-match').hidden = !empty || !filtered;
    say(byId('example'), exampleOf(this.#example() ?? 'com.example.topic'));
  }
}

/**
 * SQL that creates an event.
 *
 * @param {string} topic the subscribed topic
 */
function exampleOf(topic) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "''")}'`;
  if (topic.startsWith('channel:')) return `SELECT pg_notify(${quoted(topic.slice('channel:'.length))}, 'hello');`;
  if (topic.startsWith('table:')) return `UPDATE ${topic.slice('table:'.length)} SET …;`;
  const one = topic.replace(/\*$/, 'topic').replaceAll('..', '.any.');
  return `SELECT crossbar.publish(${quoted(one)}, '["hello"]');`;
}
