import { byId, say } from './elements.js';
import { TopicList } from './topic-list.js';

/** The topics with the form that adds one; a mistake in a topic is shown at the form. */
export class TopicsView {
  #connection;
  #list = new TopicList(byId('topics'), (topic) => this.#remove(topic));
  #input = /** @type {HTMLInputElement} */ (byId('topic-input'));
  #onChange;

  /**
   * @param {Pick<import('./connection.js').Connection, 'subscribe' | 'unsubscribe'>} connection
   * @param {() => void} onChange hears that a topic has come or gone
   */
  constructor(connection, onChange) {
    this.#connection = connection;
    this.#onChange = onChange;
    byId('topic-form').addEventListener('submit', (event) => this.#submit(event));
    this.#input.addEventListener('input', () => this.#showError(''));
  }

  /** The list of subscriptions. */
  get list() {
    return this.#list;
  }

  /**
   * @param {string} topic
   * @returns {boolean} whether it was taken; if not, the form says why
   */
  add(topic) {
    try {
      this.#connection.subscribe(topic);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#showError(error.message);
      return false;
    }
    this.#showError('');
    this.#changed();
    return true;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    if (this.add(this.#input.value.trim())) this.#input.value = '';
    this.#input.focus();
  }

  /** @param {string} topic */
  #remove(topic) {
    this.#connection.unsubscribe(topic);
    this.#changed();
    // The focused button was removed; keyboard focus must not return to the top of the page.
    if (document.activeElement === document.body) this.#input.focus();
  }

  #changed() {
    byId('no-topics').hidden = this.#list.first !== undefined;
    this.#onChange();
  }

  /** @param {string} text */
  #showError(text) {
    this.#input.setAttribute('aria-invalid', String(text !== ''));
    say(byId('topic-error'), text);
  }
}
