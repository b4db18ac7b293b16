import { byId, create, reasonOf, say, whileBusy } from './elements.js';

/** Limits of events shown next to the steps: of steps, and others. */
const [OWN, OTHERS] = [12, 8];

/** @typedef {{ title: string, text: string, command: string, look: string, mark?: string }} TourStep */

/** The guided tour of the demo: each step has a button that runs it, and the newest events are next to it. */
export class TourView {
  #node;
  /** The texts of events that steps cause. @type {string[]} */ #marks = [];

  /** @param {import('./node-client.js').NodeClient} node */
  constructor(node) {
    this.#node = node;
  }

  /** Loads the steps. */
  async start() {
    const steps = await this.#node.tour();
    this.#marks = steps.flatMap(({ mark }) => mark ?? []);
    byId('tour-steps').replaceChildren(...steps.map((step, index) => card(step, index, this.#node)));
  }

  /** @param {import('./event-record.js').EventRecord} record */
  add({ topic, summary }) {
    const list = byId('tour-events');
    byId('tour-empty').hidden = true;
    const text = [summary.operation, summary.text].filter(Boolean).join(' ');
    const isOwn = this.#marks.some((mark) => text.includes(mark));
    const attributes = { 'data-testid': 'tour-event', 'data-own': String(isOwn) };
    list.prepend(create('li', attributes, create('strong', {}, topic), ` ${text}`));
    // The events of a step stay, because others follow before anybody has read them.
    const alike = [...list.querySelectorAll(`[data-own="${isOwn}"]`)];
    for (const old of alike.slice(isOwn ? OWN : OTHERS)) old.remove();
  }
}

/**
 * @param {TourStep} step
 * @param {number} index
 * @param {import('./node-client.js').NodeClient} node
 */
function card({ title, text, command, look }, index, node) {
  const button = create('button', { type: 'button', class: 'primary' }, 'Run');
  const result = create('p', { class: 'tour-result', role: 'status', 'data-testid': `tour-result-${index}` });
  button.setAttribute('aria-label', `Run: ${title}`);
  const work = async () => {
    result.textContent = 'Running…';
    say(
      result,
      await node.runStep(index).then(
        (text) => `→ ${text}`,
        (error) => `It failed: ${reasonOf(error)}`,
      ),
    );
  };
  const { writes } = node;
  /** @type {HTMLButtonElement} */ (button).disabled = !writes;
  button.addEventListener('click', () => void whileBusy(button, work));
  return create(
    'li',
    { class: 'card', 'data-testid': 'tour-step' },
    create('h3', {}, `${index + 1}. ${title}`),
    create('p', {}, text),
    create('pre', { tabindex: '0', 'aria-label': 'What the button runs' }, create('code', {}, command)),
    create('div', { class: 'field below' }, button),
    result,
    create('p', { class: 'muted' }, look),
  );
}
