import { byId, create, reasonOf, say } from './elements.js';
import { drawTable, stateWord } from './table.js';

/**
 * @typedef {{ place: string, name: string, state: string, known: string }} TraceStep
 * @typedef {{ database: string, position?: string, publication?: string, steps: TraceStep[] }} Trace
 */

/** Traces one message from the log to all its destinations; the message is in the URL. */
export class TraceView {
  #node;
  #navigation;
  #input = /** @type {HTMLInputElement} */ (byId('trace-message'));
  /** The last request, so that a late answer to an earlier one is not shown. */
  #asked = '';

  /**
   * @param {import('./node-client.js').NodeClient} node
   * @param {import('./navigation.js').Navigation} navigation
   */
  constructor(node, navigation) {
    this.#node = node;
    this.#navigation = navigation;
    byId('trace-form').addEventListener('submit', (event) => {
      event.preventDefault();
      navigation.parameters = new URLSearchParams({ trace: this.#input.value.trim() });
      void this.draw();
    });
  }

  /** Traces the message in the URL. */
  async draw() {
    const message = this.#navigation.parameters.get('trace') ?? '';
    if (message !== this.#asked) this.#input.value = message;
    this.#asked = message;
    const place = byId('trace');
    if (message === '') return place.replaceChildren();
    try {
      const traces = await this.#node.trace(message);
      if (message === this.#asked) place.replaceChildren(...traces.map(table));
      byId('trace-error').textContent = '';
    } catch (error) {
      place.replaceChildren();
      say(byId('trace-error'), reasonOf(error));
    }
  }
}

/** @param {Trace} trace */
function table({ database, position, publication, steps }) {
  const names = [
    position === undefined ? 'no known place in the log' : `position ${position} of the log`,
    publication === undefined ? 'publication id of the router not known' : `publication ${publication} of the router`,
  ];
  const caption = create('p', { class: 'muted' }, `${database}: ${names.join(', ')}`);
  const rows = create('div', { class: 'table' });
  drawTable(
    rows,
    steps,
    [
      { title: 'Place', cell: (/** @type {any} */ { place, name }) => `${place}: ${name}` },
      { title: 'State', cell: (/** @type {any} */ { state }) => stateWord(state) },
      { title: 'What is known', cell: (/** @type {any} */ { known }) => known },
    ],
    'Nothing is known.',
  );
  return create('section', { 'data-testid': 'trace' }, caption, rows);
}

/**
 * A link that traces a message.
 *
 * @param {string | number} message
 */
export function traceLink(message) {
  const href = `#delivery?${new URLSearchParams({ trace: String(message) })}`;
  return create('a', { href, 'data-needs': 'node' }, 'Trace');
}
