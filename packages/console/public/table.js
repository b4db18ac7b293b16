import { drawAges } from './ages.js';
import { create } from './elements.js';
import { count } from './format.js';
import { redraw } from './redraw.js';

/** Limit of drawn rows: nobody reads more, and the page stays responsive. */
const SHOWN = 500;

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Record<string, any>) => Node | string} cell
 * @property {string} [kind]  a class of its cells: `number`, `code`
 */

/**
 * Draws rows as a table in an element, or a sentence if there are none. A table that has not changed is not drawn again.
 *
 * @param {HTMLElement} place
 * @param {readonly Record<string, any>[]} rows
 * @param {readonly Column[]} columns
 * @param {string} empty the text for an empty table
 * @param {string} [note] a remark below the table
 */
export function drawTable(place, rows, columns, empty, note) {
  const muted = (/** @type {string} */ text) => create('p', { class: 'muted small' }, text);
  const cut = rows.length > SHOWN ? `The first ${SHOWN} of ${count(rows.length)} rows are shown.` : '';
  const notes = [cut, note ?? ''].filter(Boolean).map(muted);
  const content =
    rows.length === 0 ? [create('p', { class: 'muted' }, empty)] : [tableOf(rows.slice(0, SHOWN), columns), ...notes];
  if (redraw(place, content)) drawAges(place);
}

/**
 * @param {readonly Record<string, any>[]} rows
 * @param {readonly Column[]} columns
 */
function tableOf(rows, columns) {
  const head = create('tr', {}, ...columns.map(({ title }) => create('th', { scope: 'col' }, title)));
  const body = rows.map((row) => {
    const cells = columns.map(({ title, cell, kind = '' }) =>
      create('td', { class: kind, 'data-title': title }, cell(row)),
    );
    return create('tr', row.tone ? { 'data-tone': row.tone } : {}, ...cells);
  });
  return create('table', {}, create('thead', {}, head), create('tbody', {}, ...body));
}

/**
 * Puts rows whose state is bad first.
 *
 * @param {readonly Record<string, any>[]} rows with a `state`
 */
export function worstFirst(rows) {
  const rank = (/** @type {Record<string, any>} */ { state }) => ['bad', 'waiting', 'good'].indexOf(toneOf(state));
  return rows.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * The name of a state, in its color.
 *
 * @param {string} state
 */
export function stateWord(state) {
  const tone = toneOf(state);
  return create('span', { class: 'word', 'data-tone': tone }, state);
}

/**
 * Red for failures, amber for waiting, green for working states.
 *
 * @param {string} state
 * @returns {'bad' | 'waiting' | 'good'}
 */
export function toneOf(state) {
  if (
    /^(running|yes|registered|subscribed|standby|succeeded|finished|reserved|acknowledged|written|passed)$/.test(state)
  )
    return 'good';
  return /^(waiting|starting|stopping|extended|unknown)$/.test(state) ? 'waiting' : 'bad';
}
