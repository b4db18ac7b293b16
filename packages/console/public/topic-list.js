import { create, say } from './elements.js';
import { counted } from './format.js';

/** @typedef {{ item: HTMLElement, count: HTMLElement, status: HTMLElement, button: HTMLElement, events: number }} Row */

const STATUS = { pending: 'waiting', subscribed: '', refused: 'refused' };

/** The subscribed topics, each with its count of events and a button to unsubscribe. */
export class TopicList {
  /** @type {HTMLElement} */ #list;
  /** @type {(topic: string) => void} */ #onRemove;
  /** @type {Map<string, Row>} */ #rows = new Map();

  /**
   * @param {HTMLElement} list
   * @param {(topic: string) => void} onRemove
   */
  constructor(list, onRemove) {
    this.#list = list;
    this.#onRemove = onRemove;
  }

  /** The first topic, for the example in the empty state. */
  get first() {
    return this.#rows.keys().next().value;
  }

  /** All topics, in the order of subscription. */
  get all() {
    return [...this.#rows.keys()];
  }

  /**
   * @param {string} topic
   * @param {import('./connection.js').TopicState} state
   * @param {Error} [error]
   */
  set(topic, state, error) {
    const row = this.#rows.get(topic) ?? this.#add(topic);
    row.item.dataset.state = state;
    say(row.status, error ? `${STATUS[state]}: ${error.message}` : STATUS[state]);
    row.button.textContent = state === 'refused' ? 'Remove' : 'Unsubscribe';
  }

  /** @param {string} topic */
  counted(topic) {
    const row = this.#rows.get(topic);
    if (row) row.events++;
  }

  /** Updates the counts; called once per frame, not once per event. */
  draw() {
    for (const row of this.#rows.values()) {
      const text = counted(row.events, 'events');
      if (row.count.textContent !== text) row.count.textContent = text;
    }
  }

  /** @param {string} topic */
  #add(topic) {
    const events = create('span', { class: 'topic-count' }, counted(0, 'events'));
    const status = create('span', { class: 'topic-status' });
    const button = create('button', { type: 'button', class: 'quiet' }, 'Unsubscribe');
    // The topic after the visible word, so that a screen reader distinguishes the buttons.
    button.setAttribute('aria-describedby', `topic-name-${++TopicList.#ids}`);
    const name = create('span', { class: 'topic-name', id: `topic-name-${TopicList.#ids}` }, topic);
    const attributes = { class: 'topic', 'data-testid': 'topic', 'data-topic': topic };
    const item = create('li', attributes, name, events, status, button);
    button.addEventListener('click', () => this.remove(topic));
    const row = { item, count: events, status, button, events: 0 };
    this.#rows.set(topic, row);
    this.#list.append(item);
    return row;
  }

  static #ids = 0;

  /** @param {string} topic */
  remove(topic) {
    this.#rows.get(topic)?.item.remove();
    this.#rows.delete(topic);
    this.#onRemove(topic);
  }
}
