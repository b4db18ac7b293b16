import { age, drawAges } from './ages.js';
import { byId, create, reasonOf, say } from './elements.js';
import { bytes, count, counted } from './format.js';
import { HourChart } from './hour-chart.js';
import { redraw } from './redraw.js';
import { toneOf } from './table.js';

/** The counters of a component, in the order of the card. */
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

/** The advice if the doctor has no finding. @type {Record<string, string>} */
const ADVICE = {
  reconnecting: 'It tries again by itself, at least every ten seconds.',
  restarting: 'The node starts it again by itself. The log of the node says why it has ended.',
  failed: 'The node no longer starts it. The log of the node says why: fix that, then start the node again.',
  stopped: 'It has ended. The node starts it again within a minute; the log of the node says why it has ended.',
  starting: 'It is being started.',
};

/** All components of the node, those that do not work first, and the last hour. */
export class NodeView {
  #hour = new HourChart(byId('hour'));
  /** @type {readonly Finding[]} */ #findings = [];
  /** @type {NodeState | undefined} */ #state;

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
      badge.title = problem;
      this.#tellAbout(problem, true);
      return true;
    }
    this.#state = state;
    const parts = partsOf(state);
    const bad = parts.filter(({ tone }) => tone === 'bad').length;
    badge.hidden = bad === 0;
    badge.textContent = `${bad}`;
    badge.title = `Not working: ${bad} of ${counted(parts.length, 'parts')}`;
    this.#tellAbout(state.file, false);
    this.#drawCards(parts);
    return bad === 0;
  }

  /**
   * Without an answer, the cards stay as they were, and are marked as old.
   *
   * @param {string} text
   * @param {boolean} isOld
   */
  #tellAbout(text, isOld) {
    const about = byId('node-about');
    about.className = isOld ? 'error' : 'muted';
    const started = this.#state ? [', started ', age(Date.parse(this.#state.started))] : [];
    const known = this.#state ? [' Below is the last known state.'] : [];
    redraw(about, [create('span', {}, text, ...(isOld ? known : started))]);
    drawAges(about);
    byId('components').toggleAttribute('data-old', isOld);
  }

  /**
   * Shows the findings of the doctor on the cards of the components that they concern. @param {readonly Finding[]}
   * findings
   */
  advise(findings) {
    this.#findings = findings;
    if (this.#state) this.#drawCards(partsOf(this.#state));
  }

  /** @param {Part[]} parts */
  #drawCards(parts) {
    const place = byId('components');
    redraw(
      place,
      parts.sort(worstFirst).map((part) => card(part, adviceFor(part, this.#findings))),
    );
    drawAges(place);
  }

  /** @param {Promise<readonly import('./node-client.js').Sample[]>} asked */
  async drawHour(asked) {
    const note = byId('hour-empty');
    try {
      const samples = await asked;
      await this.#hour.draw(samples);
      note.hidden = samples.length > 1;
    } catch (error) {
      note.hidden = false;
      say(note, `The chart cannot be shown: ${reasonOf(error)}`);
    }
  }
}

/**
 * @typedef {'bad' | 'waiting' | 'good'} Tone
 * @typedef {import('./node-client.js').Finding} Finding
 * @typedef {object} Part
 * @property {string} key  of the worker, or `worker/component`
 * @property {string} name
 * @property {string} about
 * @property {string} state
 * @property {Tone} tone
 * @property {string | undefined} reason
 * @property {string[]} facts
 * @property {import('./node-client.js').StateTimes} [times]
 *
 * @param {NodeState} state
 * @returns {Part[]}
 */
function partsOf({ workers, rows = [], times = {} }) {
  const ofWorkers = workers.flatMap((worker) => [
    {
      key: worker.id,
      ...timesOf(times[worker.id]),
      name: worker.id,
      about: worker.type,
      state: worker.state,
      tone: toneOf(worker.state),
      reason: worker.restarts > 0 ? `restarted ${counted(worker.restarts, 'times')}` : undefined,
      facts: [...(worker.urls ?? []), ...routerFacts(worker.router)],
    },
    ...(worker.components ?? []).map((component) => ({
      key: `${worker.id}/${component.id}`,
      ...timesOf(times[`${worker.id}/${component.id}`]),
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

/** @param {import('./node-client.js').StateTimes} [times] */
function timesOf(times) {
  return times ? { times } : {};
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
  return {
    key: '',
    name,
    about: kind,
    state,
    tone: isFine ? 'good' : 'bad',
    reason: undefined,
    facts: facts.filter(Boolean),
  };
}

/** @param {Record<string, any>} status */
function factsOf(status) {
  const facts = FIGURES.filter(([key]) => Number(status[key]) > 0).map(([key, word]) => counted(status[key], word));
  if (status.delivery) facts.unshift(`delivery ${status.delivery}`);
  if (status.lag?.bytes) facts.push(`${bytes(status.lag.bytes)} behind`);
  const retained = status.lag?.retained ?? status.log?.retained;
  if (retained) facts.push(`${bytes(retained)} of the log retained`);
  if (status.lag?.rows) facts.push(`${counted(status.lag.rows, 'rows')} in the outbox`);
  if (status.waitsFor?.length > 0) facts.push(`waits for ${status.waitsFor.join(', ')}`);
  return facts;
}

/** @param {Record<string, any> | undefined} router */
function routerFacts(router) {
  return router?.sessions === undefined ? [] : [counted(router.sessions, 'sessions')];
}

/**
 * @param {Part} one
 * @param {Part} other
 */
function worstFirst(one, other) {
  const rank = (/** @type {Part} */ { tone }) => ['bad', 'waiting', 'good'].indexOf(tone);
  return rank(one) - rank(other);
}

/**
 * The advice for a part that does not work: the fixes in the findings of the doctor.
 *
 * @param {Part} part
 * @param {readonly Finding[]} findings
 * @returns {string[]}
 */
function adviceFor({ key, tone, state }, findings) {
  if (tone === 'good') return [];
  const own = findings.filter(({ components }) => components?.includes(key));
  const failed = own.filter(({ verdict }) => verdict === 'fail');
  const problems = failed.length > 0 ? failed : own.filter(({ verdict }) => verdict === 'warn');
  const fixes = problems.map(({ message, fix }) => (fix ? `${message}. To do: ${fix}` : message));
  return fixes.length > 0 ? [...new Set(fixes)] : [ADVICE[state] ?? ''].filter(Boolean);
}

/**
 * @param {Part} part
 * @param {string[]} advice
 */
function card({ name, about, state, tone, reason, facts, times }, advice) {
  const worked =
    times?.workedAt === undefined ? [] : [facts.length > 0 ? ' · last work ' : 'last work ', age(times.workedAt)];
  return create(
    'li',
    { class: 'card part', 'data-tone': tone, 'data-testid': 'component' },
    create('h3', {}, name, ' ', create('span', { class: 'muted' }, about)),
    create('span', { class: 'word', 'data-tone': tone }, state),
    ...(times ? [create('span', { class: 'muted small' }, ` ${sinceText(times)}`)] : []),
    ...(reason ? [create('p', { class: 'reason' }, reason)] : []),
    ...advice.map((text) => create('p', { class: 'small', 'data-testid': 'advice' }, text)),
    create('p', { class: 'muted small' }, facts.join(' · '), ...worked),
  );
}

/** @param {import('./node-client.js').StateTimes} times */
function sinceText({ since: at, isFirst }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = isToday ? date.toLocaleTimeString('en-GB') : date.toLocaleString('en-GB');
  return isFirst ? `since ${text} or longer` : `since ${text}`;
}
