import { byId, create } from './elements.js';
import { bytes, count, since } from './format.js';
import { HourChart } from './hour-chart.js';
import { toneOf } from './table.js';

/** What a component counts, in the order of the card. */
const FIGURES = /** @type {const} */ ([
  ['published', 'published'],
  ['calls', 'calls'],
  ['events', 'events'],
  ['messages', 'messages'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['dropped', 'dropped'],
  ['reconnects', 'reconnects'],
]);

/** @typedef {import('./node-client.js').NodeState} NodeState */

/** Every component of the node, those that do not work first, and the last hour. */
export class NodeView {
  #hour = new HourChart(byId('hour'));

  /**
   * @param {NodeState | undefined} state  `undefined` while the node does not answer
   * @param {string} [problem] why, if that is known
   * @returns {boolean} whether everything works, as far as that is known
   */
  draw(state, problem = 'The node does not answer.') {
    const badge = byId('node-badge');
    if (!state) {
      badge.hidden = false;
      badge.textContent = '!';
      byId('node-about').textContent = problem;
      return true;
    }
    const parts = partsOf(state);
    const bad = parts.filter(({ tone }) => tone === 'bad').length;
    badge.hidden = bad === 0;
    badge.textContent = `${bad}`;
    byId('node-about').textContent = `${state.file}, started ${since(Date.parse(state.started))}`;
    byId('components').replaceChildren(...parts.sort(worstFirst).map(card));
    return bad === 0;
  }

  /** @param {readonly import('./node-client.js').Sample[]} samples */
  async drawHour(samples) {
    const note = byId('hour-empty');
    note.hidden = samples.length > 1;
    try {
      await this.#hour.draw(samples);
    } catch (error) {
      note.hidden = false;
      note.textContent = `The chart cannot be shown: ${error instanceof Error ? error.message : error}`;
    }
  }
}

/**
 * @typedef {'bad' | 'waiting' | 'good'} Tone
 * @typedef {{ name: string, about: string, state: string, tone: Tone, reason: string | undefined, facts: string[] }} Part
 * @param {NodeState} state
 * @returns {Part[]}
 */
function partsOf({ workers, rows = [] }) {
  const ofWorkers = workers.flatMap((worker) => [
    {
      name: worker.id,
      about: worker.type,
      state: worker.state,
      tone: toneOf(worker.state),
      reason: worker.restarts > 0 ? `restarted ${worker.restarts} times` : undefined,
      facts: [...(worker.urls ?? []), ...routerFacts(worker.router)],
    },
    ...(worker.components ?? []).map((component) => ({
      name: component.classname.replace(/^.*\./, ''),
      about: [component.id, component.realm && `realm ${component.realm}`].filter(Boolean).join(', '),
      state: component.state,
      tone: toneOf(component.state),
      reason: component.status.error?.message ?? component.status.error,
      facts: factsOf(component.status),
    })),
  ]);
  return [...ofWorkers, ...rows.map(partOfRow)];
}

/**
 * @param {import('./node-client.js').OverviewRow} row
 * @returns {Part}
 */
function partOfRow({ kind, name, state, isFine, total, failed, waiting }) {
  const facts = [
    total === undefined ? '' : `${count(total)} in total`,
    failed ? `${count(failed)} failed` : '',
    waiting ? `waiting: ${waiting}` : '',
  ];
  return { name, about: kind, state, tone: isFine ? 'good' : 'bad', reason: undefined, facts: facts.filter(Boolean) };
}

/** @param {Record<string, any>} status */
function factsOf(status) {
  const facts = FIGURES.filter(([key]) => Number(status[key]) > 0).map(
    ([key, word]) => `${count(status[key])} ${word}`,
  );
  if (status.delivery) facts.unshift(`delivery ${status.delivery}`);
  if (status.lag?.bytes) facts.push(`${bytes(status.lag.bytes)} behind`);
  if (status.lag?.rows) facts.push(`${count(status.lag.rows)} rows in the outbox`);
  return facts;
}

/** @param {Record<string, any> | undefined} router */
function routerFacts(router) {
  return router?.sessions === undefined ? [] : [`${count(router.sessions)} sessions`];
}

/**
 * @param {Part} one
 * @param {Part} other
 */
function worstFirst(one, other) {
  const rank = (/** @type {Part} */ { tone }) => ['bad', 'waiting', 'good'].indexOf(tone);
  return rank(one) - rank(other);
}

/** @param {Part} part */
function card({ name, about, state, tone, reason, facts }) {
  return create(
    'li',
    { class: 'card part', 'data-tone': tone, 'data-testid': 'component' },
    create('h3', {}, name, ' ', create('span', { class: 'muted' }, about)),
    create('span', { class: 'word', 'data-tone': tone }, state),
    ...(reason ? [create('p', { class: 'reason' }, reason)] : []),
    create('p', { class: 'muted small' }, facts.join(' · ')),
  );
}
