/**
 * The page's element with this id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 * @throws {ReferenceError} if the page has none
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new ReferenceError(`The page has no element #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * A new element; attributes by their HTML names.
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
  element.append(...children);
  return element;
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

/** Of the time since the last drawing, at most one part in so many is spent on drawing. */
const SHARE = 8;

/**
 * Gathers however many requests to draw into one animation frame, at most one per `interval` ms.
 *
 * Slow drawings come less often: in a burst the page must stay free for events and for the user.
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
 * Does what a button asks for, once at a time. The button is not `disabled` meanwhile, which would take the focus away from the keyboard.
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
