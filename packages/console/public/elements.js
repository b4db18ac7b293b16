import { visible } from './json.js';

/**
 * The page's element with this id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 * @throws {ReferenceError} if it does not exist
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new ReferenceError(`The page has no element #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * A new element; attributes by their HTML names. Texts may come from anywhere: invisible characters, and those that
 * would turn other text around, are shown as escapes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function create(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (typeof child === 'string' ? visible(child) : child)));
  return element;
}

/**
 * Shows a text in an element, as {@link create} does.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  element.textContent = visible(text);
}

/**
 * The sentence of an error.
 *
 * @param {unknown} error
 */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * A new SVG element.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function createSvg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** At most one part in this many of the time is spent on drawing. */
const SHARE = 8;

/**
 * Combines any number of requests to draw into one animation frame, at most one per `interval` ms.
 *
 * Slow drawings run less often, so that the page stays responsive in a burst.
 *
 * @param {() => void} draw
 * @param {number} [interval]
 * @returns {() => void} asks for a frame
 */
export function framed(draw, interval = 0) {
  let asked = false;
  let next = 0;
  const frame = () => {
    const began = performance.now();
    asked = false;
    draw();
    next = began + Math.max(interval, (performance.now() - began) * SHARE);
  };
  return () => {
    if (asked) return;
    asked = true;
    const wait = next - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(frame), wait);
    else requestAnimationFrame(frame);
  };
}

/**
 * Runs the action of a button, one at a time. The button is not `disabled` meanwhile, because it would lose the
 * keyboard focus.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<void>} work
 */
export async function whileBusy(button, work) {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  try {
    await work();
  } finally {
    button.ariaDisabled = null;
  }
}
