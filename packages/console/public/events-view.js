import { byId, framed } from './elements.js';
import { EventList } from './event-list.js';
import { EventLog } from './event-log.js';
import { count } from './format.js';

/** Milliseconds between two drawings of the list: nobody reads faster, and a burst leaves the page responsive. */
const INTERVAL = 100;

/** The list of events with its filter, pause and clear. */
export class EventsView {
  #log = new EventLog();
  #list = new EventList(byId('events'));
  #draw = framed(() => this.#drawNow(), INTERVAL);
  #filter = /** @type {HTMLInputElement} */ (byId('filter'));
  /** @type {() => string | undefined} */ #example;

  /**
   * @param {() => string | undefined} example the topic that the empty state shows how to publish to
   * @param {() => void} onFilter hears that the filter was changed
   */
  constructor(example, onFilter) {
    this.#example = example;
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

  /** Draws again: the topics have changed. */
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
    const topic = (this.#example() ?? 'com.example.topic').replace(/\*$/, 'topic').replaceAll('..', '.any.');
    byId('example').textContent = `SELECT crossbar.publish('${topic.replaceAll("'", "''")}', '["hello"]');`;
  }
}
