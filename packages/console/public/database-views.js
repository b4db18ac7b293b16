import { actionButton } from './action-button.js';
import { age } from './ages.js';
import { byId, create, reasonOf } from './elements.js';
import { foldedText } from './folded-text.js';
import { bytes, count } from './format.js';
import { noteOf, noteOfFunctions, withReason } from './procedures-view.js';
import { drawTable, stateWord, worstFirst } from './table.js';
import { traceLink } from './trace-view.js';

/**
 * @typedef {import('./table.js').Column} Column
 * @typedef {object} Table
 * @property {(rows: Record<string, any>[], state: import('./node-client.js').NodeState | undefined) => Record<string, any>[]} [prepare]
 * @property {Column[]} columns
 * @property {Action[]} actions
 * @property {string} empty
 *
 * @typedef {{ word: string, action: string, ask: (row: Record<string, any>) => string, if?: (row: Record<string, any>) => boolean }} Action
 */

/** @param {string} name @returns {Column} */
const text = (name, title = name) => ({ title, cell: (row) => String(row[name] ?? '') });
/** @param {string} name @returns {Column} */
const code = (name, title = name) => ({ title, kind: 'code', cell: (row) => folded(String(row[name] ?? '')) });
/** @param {string} name @returns {Column} */
const number = (name, title = name) => ({ title, kind: 'number', cell: (row) => count(Number(row[name] ?? 0)) });
/** @param {string} name @returns {Column} */
const size = (name, title = name) => ({
  title,
  kind: 'number',
  cell: (row) => (row[name] === null ? '' : bytes(Number(row[name]))),
});
/** @param {string} name @returns {Column} */
const time = (name, title = name) => ({ title, cell: (row) => (row[name] ? age(Date.parse(row[name])) : '') });

/** Limit of characters of a cell that are shown initially. */
const SHOWN = 300;

/** Limit of rows that the node sends of each database. */
const LIMIT = 200;

const noteOfRows = noteOf(LIMIT, 'rows', 'the newest');

/** @param {string} name the column with the message's name @returns {Column} */
const trace = (name) => ({ title: 'Trace', cell: (row) => (row[name] ? traceLink(row[name]) : '') });

/** @param {string} value */
function folded(value) {
  if (value.length <= SHOWN) return value;
  return create('span', {}, ...foldedText(value.slice(0, SHOWN), value.length, () => value));
}

/** The reader of a slot: the application name of its connection. @param {Record<string, any>} row */
function readerOf({ active, active_pid: process, reader }) {
  if (!active) return stateWord('nobody');
  return `${reader ?? 'a connection without a name'} (process ${process})`;
}

/**
 * The tables of databases: the section of the API, its columns, the actions on a row, and the text for an empty table.
 *
 * @satisfies {Record<string, Table>}
 */
const TABLES = {
  subscriptions: {
    prepare: withBacklogs,
    columns: [
      code('uri', 'Topic'),
      text('match', 'Match'),
      { title: 'State', cell: (/** @type {any} */ { state, error }) => withReason(state, error) },
      code('handler', 'Function'),
      text('role', 'Runs as'),
      { title: 'Waiting', kind: 'number', cell: (/** @type {any} */ { backlog }) => backlogText(backlog) },
      number('events', 'Events'),
      number('failed', 'Failed'),
      number('dropped', 'Dropped'),
      text('last_error', 'Last error'),
    ],
    actions: [],
    empty: 'No function handles events. SELECT crossbar.subscribe(…) makes one a handler.',
  },
  failed: {
    columns: [
      time('failed_at', 'Failed'),
      code('topic', 'Topic'),
      code('handler', 'Function'),
      code('args', 'Arguments'),
      code('kwargs', 'Keywords'),
      text('error', 'Error'),
      code('error_args', 'Details'),
      trace('publication'),
    ],
    actions: [
      {
        word: 'Publish again',
        action: 'failed/publish',
        ask: (/** @type {any} */ { topic }) =>
          `Publish this event on ${topic} again? Every subscriber of the topic receives it once more.`,
      },
      {
        word: 'Discard',
        action: 'failed/discard',
        ask: (/** @type {any} */ { topic }) => `Discard this event of ${topic}? This cannot be undone.`,
      },
    ],
    empty: 'No event has failed.',
  },
  realms: {
    columns: [
      code('realm', 'Realm'),
      text('delivery', 'Delivery'),
      code('slot', 'Slot'),
      {
        title: 'Read by',
        cell: (/** @type {any} */ { active, delivery }) =>
          delivery === 'wal' ? (active ? 'its Publisher' : stateWord('nobody')) : '',
      },
      size('lag_bytes', 'Lag'),
      size('retained_bytes', 'Retained'),
      number('outbox', 'Outbox'),
      number('refused', 'Refused'),
      text('database', 'Database'),
    ],
    actions: [],
    empty: 'No Publisher has run yet: publications go to no realm.',
  },
  slots: {
    prepare: onceByServer,
    columns: [
      code('slot_name', 'Slot'),
      text('database_name', 'Database'),
      text('plugin', 'Plugin'),
      { title: 'Read by', cell: readerOf },
      { title: 'Log', cell: (/** @type {any} */ { wal_status: status }) => stateWord(status ?? 'reserved') },
      size('retained_bytes', 'Retained'),
    ],
    actions: [],
    empty: 'The server has no replication slot.',
  },
  refused: {
    columns: [
      time('refused_at', 'Refused'),
      code('topic', 'Topic'),
      code('args', 'Arguments'),
      code('kwargs', 'Keywords'),
      text('error', 'Error'),
      code('error_args', 'Details'),
      trace('id'),
    ],
    actions: [
      {
        word: 'Publish again',
        action: 'refused/publish',
        ask: (/** @type {any} */ { topic }) => `Publish this on ${topic} again? It goes to all realms.`,
        if: (/** @type {any} */ { topic }) => topic !== null,
      },
      {
        word: 'Discard',
        action: 'refused/discard',
        ask: (/** @type {any} */ { topic }) => `Discard this publication of ${topic}? This cannot be undone.`,
      },
    ],
    empty: 'The router has refused no publication.',
  },
  proxies: {
    columns: [
      code('proxy', 'Proxy'),
      code('sink', 'Sink'),
      {
        title: 'Read by',
        cell: (/** @type {any} */ { active, paused }) =>
          paused || !active ? stateWord(paused ? 'paused' : 'nobody') : 'its Proxy',
      },
      size('lag_bytes', 'Lag'),
      size('retained_bytes', 'Retained'),
      code('position', 'Position'),
      number('parked', 'Parked'),
    ],
    actions: [],
    empty: 'No Proxy has run with this database.',
  },
  parked: {
    columns: [
      time('parked_at', 'Parked'),
      code('proxy', 'Proxy'),
      code('sink', 'Sink'),
      code('destination', 'Destination'),
      code('key', 'Key'),
      code('message_id', 'Message'),
      code('payload', 'Payload'),
      { title: 'State', cell: (/** @type {any} */ { state, error }) => withReason(state, error) },
      trace('message_id'),
    ],
    actions: [
      {
        word: 'Retry',
        action: 'parked/retry',
        ask: (/** @type {any} */ { destination, sink }) => `Send this message to ${destination} of ${sink} again?`,
        if: (/** @type {any} */ { state }) => state === 'parked',
      },
      {
        word: 'Discard',
        action: 'parked/discard',
        ask: (/** @type {any} */ { destination }) => `Discard this message for ${destination}? This cannot be undone.`,
      },
    ],
    empty: 'No message of a Proxy is parked.',
  },
  calls: {
    columns: [
      code('id', 'Number'),
      code('procedure', 'Procedure'),
      { title: 'State', cell: (/** @type {any} */ { state, error }) => withReason(state, error) },
      number('tries', 'Tries'),
      text('handler_error', 'Error of the handler'),
      time('called_at', 'Asked for'),
    ],
    actions: [
      {
        word: 'Retry',
        action: 'calls/retry',
        ask: (/** @type {any} */ { procedure }) => `Call ${procedure} once more?`,
        if: (/** @type {any} */ { state }) => state === 'failed',
      },
      {
        word: 'Discard',
        action: 'calls/discard',
        ask: (/** @type {any} */ { procedure }) => `Discard the outcome of this call of ${procedure}?`,
        if: (/** @type {any} */ { state }) => state === 'failed' || state === 'succeeded',
      },
    ],
    empty: 'No asynchronous call is kept.',
  },
};

const NO_DATABASE =
  'This console knows no database. A node shows the databases of its components; pgwamp console needs --database for a node of another process.';

/** @typedef {keyof typeof TABLES} TableName */

/** The remarks of tables that may have more rows than the node sends. @type {Partial<Record<TableName, (rows: readonly unknown[]) => string>>} */
const NOTES = {
  subscriptions: noteOfFunctions,
  failed: noteOfRows,
  refused: noteOfRows,
  parked: noteOfRows,
  calls: noteOfRows,
};

/** Shows the content of the databases in tables. */
export class DatabaseViews {
  #node;

  /** @param {import('./node-client.js').NodeClient} node */
  constructor(node) {
    this.#node = node;
  }

  /** @param {readonly TableName[]} names the tables of the view that is shown */
  async draw(names) {
    await Promise.all(names.map((name) => this.#drawOne(name)));
  }

  /** @param {TableName} name */
  async #drawOne(name) {
    /** @type {Table} */
    const { columns, actions, empty, prepare } = TABLES[name];
    const place = byId(name);
    try {
      const found = await this.#node.rows(name);
      const { state } = this.#node;
      if (state?.databases.length === 0) return place.replaceChildren(create('p', { class: 'muted' }, NO_DATABASE));
      const rows = prepare?.(found, state) ?? found;
      /** @type {Column[]} */
      const acting =
        actions.length > 0 && this.#node.writes
          ? [{ title: 'Actions', cell: (row) => this.#buttons(name, actions, row) }]
          : [];
      drawTable(place, rows, [...columns, ...acting], empty, NOTES[name]?.(found));
    } catch (error) {
      place.replaceChildren(create('p', { class: 'error' }, reasonOf(error)));
    }
  }

  /**
   * @param {TableName} name
   * @param {readonly Action[]} actions
   * @param {Record<string, any>} row
   */
  #buttons(name, actions, row) {
    const possible = actions.filter((action) => action.if?.(row) ?? true);
    // Rows that look alike are still different rows for the buttons.
    const key = { class: 'copies', 'data-row': [row.database, row.realm, row.id].join(' ') };
    return create('span', key, ...possible.map((action) => this.#button(name, action, row)));
  }

  /**
   * @param {TableName} name
   * @param {Action} action
   * @param {Record<string, any>} row
   */
  #button(name, { word, action, ask }, row) {
    return actionButton(byId(name), {
      word,
      ask: ask(row),
      run: () => this.#node.act(action, row),
      draw: () => this.#drawOne(name),
    });
  }
}

/**
 * Every database of a server lists all slots of the server.
 *
 * @param {readonly Record<string, any>[]} rows
 */
function onceByServer(rows) {
  const serverOf = (/** @type {Record<string, any>} */ { database }) => database.replace(/\/.*$/, '');
  return [...new Map(rows.map((row) => [`${serverOf(row)} ${row.slot_name}`, row])).values()];
}

/** @typedef {{ subscription: string, waiting: number, retrying: number }} Backlog */

/**
 * The subscriptions with their pending events, which the Subscribers of the node report.
 *
 * @param {readonly Record<string, any>[]} rows
 * @param {import('./node-client.js').NodeState | undefined} state
 * @returns {Record<string, any>[]}
 */
function withBacklogs(rows, state) {
  const components = (state?.workers ?? []).flatMap((worker) => worker.components ?? []);
  const subscribers = components.filter(({ status }) => status.backlogs !== undefined);
  const told = rows.map((row) => {
    const own = subscribers.filter(({ database }) => database === row.database);
    if (own.length === 0) return row;
    /** @type {Backlog[]} */
    const backlogs = own.flatMap(({ status }) => status.backlogs);
    const ofRow = backlogs.filter(({ subscription }) => subscription === String(row.id));
    const sum = (/** @type {'waiting' | 'retrying'} */ name) => ofRow.reduce((total, one) => total + one[name], 0);
    return { ...row, backlog: { waiting: sum('waiting'), retrying: sum('retrying') } };
  });
  return worstFirst(told);
}

/** @param {Omit<Backlog, 'subscription'> | undefined} backlog */
function backlogText(backlog) {
  if (!backlog) return 'unknown';
  const { waiting, retrying } = backlog;
  return retrying > 0
    ? `${count(waiting)}, and ${count(retrying)} before them ${retrying === 1 ? 'is' : 'are'} tried again`
    : count(waiting);
}
