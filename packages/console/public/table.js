import { create } from './elements.js';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Record<string, any>) => Node | string} cell
 * @property {string} [kind]  a class of its cells: `number`, `code`
 */

/**
 * Draws rows as a table in an element, or a sentence if there are none.
 *
 * @param {HTMLElement} place
 * @param {readonly Record<string, any>[]} rows
 * @param {readonly Column[]} columns
 * @param {string} empty the text for an empty table
 */
export function drawTable(place, rows, columns, empty) {
  if (rows.length === 0) {
    place.replaceChildren(create('p', { class: 'muted' }, empty));
    return;
  }
  const head = create('tr', {}, ...columns.map(({ title }) => create('th', { scope: 'col' }, title)));
  const body = rows.map((row) => {
    const cells = columns.map(({ title, cell, kind = '' }) =>
      create('td', { class: kind, 'data-title': title }, cell(row)),
    );
    return create('tr', row.tone ? { 'data-tone': row.tone } : {}, ...cells);
  });
  const table = create('table', {}, create('thead', {}, head), create('tbody', {}, ...body));
  place.replaceChildren(table);
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
