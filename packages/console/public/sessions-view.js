import { byId, create } from './elements.js';
import { confirmed } from './question.js';
import { drawTable } from './table.js';

/** Sessions that are asked for; more are only counted. */
const LIMIT = 100;

/** The sessions of the realm, by the meta API of the router. */
export class SessionsView {
  #connection;
  #mayWrite;

  /**
   * @param {Pick<import('./connection.js').Connection, 'session'>} connection
   * @param {() => boolean} mayWrite
   */
  constructor(connection, mayWrite) {
    this.#connection = connection;
    this.#mayWrite = mayWrite;
  }

  async draw() {
    const problem = byId('sessions-problem');
    try {
      const { session } = this.#connection;
      const { args } = await session.call('wamp.session.list');
      const ids = /** @type {number[]} */ (args[0] ?? []);
      const found = await Promise.all(ids.slice(0, LIMIT).map((id) => session.call('wamp.session.get', [id])));
      const rows = found.map((result) => /** @type {Record<string, any>} */ (result.args[0]));
      drawTable(byId('sessions'), rows, this.#columns(session.id), 'No session.');
      problem.hidden = ids.length <= LIMIT;
      problem.textContent = `These are ${LIMIT} of ${ids.length} sessions.`;
    } catch (error) {
      problem.hidden = false;
      problem.textContent = `The router does not tell its sessions: ${error instanceof Error ? error.message : error}`;
    }
  }

  /**
   * @param {number} own
   * @returns {import('./table.js').Column[]}
   */
  #columns(own) {
    return [
      { title: 'Session', kind: 'code', cell: ({ session }) => `${session}${session === own ? ' (this page)' : ''}` },
      { title: 'Identity', cell: ({ authid }) => authid ?? '' },
      { title: 'Role', cell: ({ authrole }) => authrole ?? '' },
      { title: 'Method', cell: ({ authmethod }) => authmethod ?? '' },
      { title: 'Transport', cell: ({ transport }) => transport?.peer ?? transport?.type ?? '' },
      { title: 'Actions', cell: (row) => (row.session === own || !this.#mayWrite() ? '' : this.#closer(row)) },
    ];
  }

  /** @param {Record<string, any>} row */
  #closer({ session: id, authid }) {
    const button = create('button', { type: 'button', class: 'quiet' }, 'Close');
    button.addEventListener('click', async () => {
      if (!(await confirmed(`Close session ${id} of ${authid}? The client may connect again.`, 'Close'))) return;
      await this.#connection.session.call('wamp.session.kill', [id], { message: 'closed by the console' });
      await this.draw();
    });
    return button;
  }
}
