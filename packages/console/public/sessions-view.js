import { actionButton } from './action-button.js';
import { byId, create, reasonOf, say } from './elements.js';
import { bytes, count } from './format.js';
import { metaSessions } from './meta-sessions.js';
import { drawTable } from './table.js';

/** @typedef {import('./meta-sessions.js').SessionRow} SessionRow */

/**
 * The sessions of the realm: from the node if its own router has the realm, otherwise from the meta API of the router.
 */
export class SessionsView {
  #connection;
  #node;
  #search = /** @type {HTMLInputElement} */ (byId('session-search'));
  /** The expanded lists of names: they stay expanded when the table is redrawn. @type {Set<string>} */ #open =
    new Set();

  /**
   * @param {Pick<import('./connection.js').Connection, 'session'>} connection
   * @param {import('./node-client.js').NodeClient | undefined} node
   */
  constructor(connection, node) {
    this.#connection = connection;
    this.#node = node;
    this.#search.addEventListener('input', () => void this.draw());
  }

  async draw() {
    const search = this.#search.value.trim();
    const problem = byId('sessions-problem');
    try {
      const { count: all, sessions, note } = await this.#read(search);
      if (search !== this.#search.value.trim()) return;
      const empty =
        search === '' ? 'No session.' : `No session has “${search}” in its number, identity, role or address.`;
      const focused = /** @type {HTMLElement} */ (document.activeElement).dataset.names;
      drawTable(byId('sessions'), sessions, this.#columns(), empty);
      // The focused element was removed with the former table.
      const again = focused && byId('sessions').querySelector(`[data-names="${focused}"]`);
      if (again) /** @type {HTMLElement} */ (again).focus();
      byId('sessions-count').textContent =
        all > sessions.length ? `${count(sessions.length)} of ${count(all)}` : count(all);
      byId('sessions-note').textContent = note;
      problem.hidden = true;
    } catch (error) {
      problem.hidden = false;
      say(problem, `The sessions are not known: ${reasonOf(error)}`);
    }
  }

  /** @param {string} search @returns {Promise<import('./meta-sessions.js').SessionRows>} */
  async #read(search) {
    const list = await this.#node?.sessions(search);
    if (list?.hasRouter) return { ...list, note: 'The sessions for which most bytes wait come first.' };
    const found = await metaSessions(this.#connection.session);
    if (search === '') return found;
    const sessions = found.sessions.filter((row) => isFound(row, search.toLowerCase()));
    return { ...found, sessions, count: sessions.length };
  }

  /** The session of this page, if there is one. */
  get #own() {
    try {
      return this.#connection.session.id;
    } catch {
      return undefined;
    }
  }

  /** @returns {import('./table.js').Column[]} */
  #columns() {
    const own = this.#own;
    /** @type {import('./table.js').Column[]} */
    const columns = [
      { title: 'Session', kind: 'code', cell: ({ session }) => `${session}${session === own ? ' (this page)' : ''}` },
      { title: 'Identity', cell: ({ authid }) => authid ?? '' },
      { title: 'Role', cell: ({ authrole }) => authrole ?? '' },
      { title: 'Method', cell: ({ authmethod }) => authmethod ?? '' },
      {
        title: 'Transport',
        cell: ({ transport: { type, peer } = {} }) => [...new Set([type, peer])].filter(Boolean).join(' '),
      },
      {
        title: 'Waiting',
        kind: 'number',
        cell: ({ waitingBytes }) => (waitingBytes === undefined ? 'unknown' : bytes(waitingBytes)),
      },
      {
        title: 'Subscriptions',
        cell: ({ session, subscriptions, topics }) => this.#names(`topics ${session}`, subscriptions, topics),
      },
      {
        title: 'Registrations',
        cell: ({ session, registrations, procedures }) =>
          this.#names(`procedures ${session}`, registrations, procedures),
      },
    ];
    if (!this.#node?.writes) return columns;
    const closer = (/** @type {Record<string, any>} */ row) =>
      row.worker === undefined || row.session === own ? '' : this.#closer(row);
    return [...columns, { title: 'Actions', cell: closer }];
  }

  /**
   * The number of entries, and on a click their names.
   *
   * @param {string} key
   * @param {number | undefined} number
   * @param {readonly string[]} [names] some of them
   */
  #names(key, number, names = []) {
    if (number === undefined) return 'unknown';
    if (number === 0) return '0';
    const more =
      number > names.length ? [create('li', { class: 'muted' }, `and ${count(number - names.length)} more`)] : [];
    const list = create('ul', {}, ...names.map((name) => create('li', {}, create('code', {}, name))), ...more);
    const details = create(
      'details',
      { class: 'names' },
      create('summary', { 'data-names': key }, count(number)),
      list,
    );
    details.open = this.#open.has(key);
    details.addEventListener('toggle', () => (details.open ? this.#open.add(key) : this.#open.delete(key)));
    return details;
  }

  /** @param {Record<string, any>} row */
  #closer(row) {
    return actionButton(byId('sessions'), {
      word: 'Close',
      ask: `Close session ${row.session} of ${row.authid}? The client may connect again.`,
      run: async () => this.#node?.act('sessions/close', row),
      draw: () => this.draw(),
    });
  }
}

/**
 * @param {SessionRow} row
 * @param {string} text
 */
function isFound({ session, authid = '', authrole = '', transport }, text) {
  return [String(session), authid, authrole, transport?.peer ?? ''].some((value) => value.toLowerCase().includes(text));
}
