import { create } from './elements.js';
import { since } from './format.js';

/** Interval in milliseconds between two updates of the ages on the page. */
const INTERVAL = 1000;

/**
 * How long ago a moment was. Its text is not part of what is drawn, so an age does not redraw the table that it is in;
 * {@link drawAges} fills it.
 *
 * @param {number} time ms since 1970
 */
export function age(time) {
  return create('time', { class: 'age', datetime: new Date(time).toISOString() });
}

/** Updates the ages in an element. @param {ParentNode} place */
export function drawAges(place) {
  for (const element of place.querySelectorAll('time.age')) {
    const time = Date.parse(/** @type {HTMLTimeElement} */ (element).dateTime);
    const text = since(time);
    if (element.textContent === text) continue;
    element.textContent = text;
    element.setAttribute('title', new Date(time).toLocaleString('en-GB'));
  }
}

setInterval(() => drawAges(document), INTERVAL);
