import { byId, create, reasonOf, say, whileBusy } from './elements.js';
import { counted } from './format.js';
import { drawTable } from './table.js';

/** @typedef {import('./node-client.js').Finding} Finding */

/** In the order of the table, with their colors. */
const TONES = /** @type {const} */ ({ fail: 'bad', warn: 'waiting', skip: 'waiting', ok: 'good' });

/** Shows the findings of the doctor with their fixes, on request and when a component stops working. */
export class DoctorView {
  #node;
  #onFound;
  #button = /** @type {HTMLButtonElement} */ (byId('doctor-run'));
  #wasWorking = true;

  /**
   * @param {import('./node-client.js').NodeClient} node
   * @param {(findings: Finding[]) => void} onFound receives the findings
   */
  constructor(node, onFound) {
    this.#node = node;
    this.#onFound = onFound;
    this.#button.addEventListener('click', () => this.#start());
  }

  /** @param {boolean} isWorking whether every component works */
  heard(isWorking) {
    const hasCeased = this.#wasWorking && !isWorking;
    this.#wasWorking = isWorking;
    if (hasCeased) this.#start();
  }

  #start() {
    void whileBusy(this.#button, () => this.#examine());
  }

  async #examine() {
    byId('doctor-state').textContent = 'Checking…';
    try {
      const findings = await this.#node.examine();
      this.#onFound(findings);
      const problems = findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn');
      const checks = counted(findings.length, 'checks');
      const found = problems.length === 0 ? 'no problem' : counted(problems.length, 'problems');
      byId('doctor-state').textContent = `${checks} found ${found}.`;
      drawTable(byId('doctor'), problems.sort(worstFirst), columns, '');
    } catch (error) {
      say(byId('doctor-state'), `The checks failed: ${reasonOf(error)}`);
    }
  }
}

/** @type {import('./table.js').Column[]} */
const columns = [
  { title: 'Check', cell: ({ check }) => check },
  {
    title: 'Verdict',
    cell: ({ verdict }) =>
      create('span', { class: 'word', 'data-tone': TONES[/** @type {keyof typeof TONES} */ (verdict)] }, verdict),
  },
  { title: 'Found', cell: ({ message }) => message },
  { title: 'What to do', kind: 'code', cell: ({ fix }) => fix ?? '' },
];

/**
 * @param {Finding} one
 * @param {Finding} other
 */
function worstFirst(one, other) {
  const order = Object.keys(TONES);
  return order.indexOf(one.verdict) - order.indexOf(other.verdict);
}
