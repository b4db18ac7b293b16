import { byId, create, say } from './elements.js';
import { count, duration, rate } from './format.js';
import { redraw } from './redraw.js';
import { drawTable, stateWord, worstFirst } from './table.js';

/** @typedef {Record<string, any>} Procedure */

/** Limit of procedures that the router is asked for. */
const LIMIT = 200;

/** Limit of functions that the node sends of each database. */
const FUNCTIONS = 500;

/** The procedures of the realm: functions of the databases with all details, and all others from the router. */
export class ProceduresView {
  #connection;
  #node;
  #choose;
  /** @type {Procedure[]} */ #rows = [];

  /**
   * @param {Pick<import('./connection.js').Connection, 'session'> | undefined} connection `undefined` without a router
   * @param {import('./node-client.js').NodeClient | undefined} node
   * @param {(procedure: Procedure) => void} choose hears which one is to be called
   */
  constructor(connection, node, choose) {
    this.#connection = connection;
    this.#node = node;
    this.#choose = choose;
  }

  /** The details of the procedure with this URI; a pattern registration is found by its pattern. @param {string} uri */
  find(uri) {
    return this.#rows.find((row) => row.uri === uri);
  }

  async draw() {
    const [functions, registered] = await Promise.allSettled([
      this.#node?.rows('registrations') ?? [],
      this.#connection ? fromRouter(this.#connection) : [],
    ]);
    const problems = [functions, registered].flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
    const problem = byId('procedures-problem');
    problem.hidden = problems.length === 0;
    say(problem, problems.join(' '));
    /** @type {Procedure[]} */
    const own = functions.status === 'fulfilled' ? functions.value : [];
    const known = new Set(own.map(({ uri, match }) => `${match} ${uri}`));
    /** @type {Procedure[]} */
    const others = registered.status === 'fulfilled' ? registered.value : [];
    const times = timesOf(this.#node?.state);
    /** @type {Procedure[]} */
    const rows = [...own, ...others.filter(({ uri, match }) => !known.has(`${match} ${uri}`))].map(
      (/** @type {Procedure} */ row) => ({
        ...row,
        times: times.get(`${row.match} ${row.uri}`),
      }),
    );
    this.#rows = worstFirst(rows);
    redraw(
      byId('known-procedures'),
      rows.map(({ uri }) => create('option', { value: uri })),
    );
    const empty = problems.length > 0 ? 'The procedures are not known.' : 'No procedure is registered.';
    drawTable(byId('procedures'), this.#rows, this.#columns(), empty, noteOfFunctions(own));
  }

  /** @returns {import('./table.js').Column[]} */
  #columns() {
    return [
      { title: 'Procedure', kind: 'code', cell: (row) => this.#caller(row) },
      { title: 'State', cell: ({ state, error }) => withReason(state, error) },
      { title: 'Function', kind: 'code', cell: signatureOf },
      { title: 'Runs as', cell: ({ function: name, role }) => (name ? (role ?? 'the role of the caller') : '') },
      { title: 'Calls/s', kind: 'number', cell: ({ times }) => (times ? rate(times.callsPerSecond) : '') },
      { title: 'p50', kind: 'number', cell: ({ times }) => (times ? duration(times.p50) : '') },
      { title: 'p99', kind: 'number', cell: ({ times }) => (times ? duration(times.p99) : '') },
      { title: 'Calls', kind: 'number', cell: ({ calls }) => (calls === undefined ? '' : count(Number(calls))) },
      { title: 'Failed', kind: 'number', cell: ({ failed }) => (failed === undefined ? '' : count(Number(failed))) },
      { title: 'Last error', cell: ({ last_error: error }) => error ?? '' },
    ];
  }

  /** @param {Procedure} row */
  #caller(row) {
    if (!this.#connection) return row.uri;
    const button = create('button', { type: 'button', class: 'link', title: 'Call it' }, row.uri);
    const present = () => this.#rows.find(({ uri, match }) => uri === row.uri && match === row.match);
    // Its comment and the choices of its parameters may have changed, which the table does not show.
    button.addEventListener('click', () => this.#choose(present() ?? row));
    return button;
  }
}

/**
 * The procedures that the router knows, from the meta API.
 *
 * @param {Pick<import('./connection.js').Connection, 'session'>} connection
 * @returns {Promise<Procedure[]>}
 */
async function fromRouter({ session }) {
  const { args } = await session.call('wamp.registration.list');
  const lists = /** @type {Record<string, number[]>} */ (args[0] ?? {});
  const ids = Object.values(lists).flat().slice(0, LIMIT);
  const found = await Promise.allSettled(ids.map((id) => session.call('wamp.registration.get', [id])));
  // The others were unregistered in the meantime.
  return found.flatMap((one) =>
    one.status === 'fulfilled' ? [{ .../** @type {object} */ (one.value.args[0]), state: 'registered' }] : [],
  );
}

/** @typedef {{ uri: string, match: string, callsPerSecond: number, p50: number, p99: number }} Times */

/**
 * The durations of calls, by match policy and URI. If several Callees serve a procedure, the rates add up and the
 * slowest is shown.
 *
 * @param {import('./node-client.js').NodeState | undefined} state
 * @returns {Map<string, Times>}
 */
function timesOf(state) {
  /** @type {Map<string, Times>} */
  const all = new Map();
  for (const { components = [] } of state?.workers ?? []) {
    for (const times of components.flatMap(({ status }) => /** @type {Times[]} */ (status.procedures ?? []))) {
      const key = `${times.match} ${times.uri}`;
      const { callsPerSecond = 0, p50 = 0, p99 = 0 } = all.get(key) ?? {};
      all.set(key, {
        ...times,
        callsPerSecond: times.callsPerSecond + callsPerSecond,
        p50: Math.max(times.p50, p50),
        p99: Math.max(times.p99, p99),
      });
    }
  }
  return all;
}

/**
 * @param {Procedure} row
 * @returns {string}
 */
export function signatureOf({ function: name, arguments: parameters, result }) {
  if (!name) return '';
  return parameters === undefined || parameters === null
    ? name
    : `${name.replace(/\(.*$/, '')}(${parameters}) → ${result}`;
}

/**
 * Makes the remark below a table that may not be all: the node sends a limited number of rows.
 *
 * @param {number} limit
 * @param {string} what
 * @param {string} first
 * @returns {(rows: readonly unknown[]) => string}
 */
export function noteOf(limit, what, first) {
  return (rows) => (rows.length < limit ? '' : `At most ${limit} ${what} of each database are shown, ${first} first.`);
}

export const noteOfFunctions = noteOf(FUNCTIONS, 'functions', 'those with problems');

/**
 * @param {string} state
 * @param {string | null} [reason]
 */
export function withReason(state, reason) {
  const word = stateWord(state);
  return reason ? create('span', {}, word, ' ', create('span', { class: 'muted' }, reason)) : word;
}
