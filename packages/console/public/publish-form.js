import { byId, create, reasonOf, say } from './elements.js';
import { linesField } from './lines-field.js';
import { payloadOf } from './payload-fields.js';
import { confirmed } from './question.js';

const KEY = 'pgwamp-published';

/** Limit of remembered publications. */
const KEPT = 20;

/** @typedef {{ topic: string, args: string, kwargs: string }} Publication */

/** The form that publishes, with the former publications. */
export class PublishForm {
  #connection;
  #topic = /** @type {HTMLInputElement} */ (byId('publish-topic'));
  #args = linesField(byId('publish-args'));
  #kwargs = linesField(byId('publish-kwargs'));
  #history = /** @type {HTMLSelectElement} */ (byId('publish-history'));

  /** @param {Pick<import('./connection.js').Connection, 'session'>} connection */
  constructor(connection) {
    this.#connection = connection;
    byId('publish-form').addEventListener('submit', (event) => void this.#submit(event));
    this.#history.addEventListener('change', () => this.#choose());
    this.#draw();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const publication = { topic: this.#topic.value.trim(), args: this.#args.value, kwargs: this.#kwargs.value };
    this.#say('', '');
    try {
      if (publication.topic === '') throw new RangeError('The topic is missing.');
      const { args, kwargs } = payloadOf(publication.args, publication.kwargs);
      if (!(await confirmed(`Publish to ${publication.topic}? All its subscribers receive the event.`, 'Publish')))
        return;
      const id = await this.#connection.session.publish(publication.topic, args, kwargs);
      this.#say('', `Published to ${publication.topic}: publication ${id}.`);
      this.#remember(publication);
    } catch (error) {
      this.#say(reasonOf(error), '');
    }
  }

  /**
   * @param {string} error
   * @param {string} done
   */
  #say(error, done) {
    say(byId('publish-error'), error);
    say(byId('publish-done'), done);
  }

  #choose() {
    const chosen = read()[Number(this.#history.value)];
    this.#history.value = '';
    if (!chosen) return;
    this.#topic.value = chosen.topic;
    this.#args.value = chosen.args;
    this.#kwargs.value = chosen.kwargs;
    this.#topic.focus();
  }

  /** @param {Publication} publication */
  #remember(publication) {
    const text = JSON.stringify(publication);
    const kept = [publication, ...read().filter((other) => JSON.stringify(other) !== text)].slice(0, KEPT);
    sessionStorage.setItem(KEY, JSON.stringify(kept));
    this.#draw();
  }

  #draw() {
    const options = read().map(({ topic, args, kwargs }, index) =>
      create('option', { value: String(index) }, `${topic} ${args} ${kwargs}`.slice(0, 80)),
    );
    this.#history.replaceChildren(create('option', { value: '' }, 'Published before…'), ...options);
    this.#history.hidden = options.length === 0;
  }
}

/** @returns {Publication[]} */
function read() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
}
