import { create } from './elements.js';
import { counted } from './format.js';
import { tokens } from './json.js';

/** The number of characters shown initially. */
export const SHOWN = 4000;

/** Beyond this many characters, a text is not colored: thousands of elements per row would be slow. */
const COLOURED = 1500;

/**
 * Printed JSON; a long text shows its start and a button for the rest.
 *
 * @param {string} text the beginning, of {@link SHOWN} characters at most
 * @param {number} length characters of the whole
 * @param {(() => string) | undefined} whole gives all of it; `undefined` if it is not kept
 */
export function foldedText(text, length, whole) {
  const code = create('code', { class: 'json' }, ...coloured(text));
  if (length <= text.length) return [code];
  const more = counted(length - text.length, 'more characters');
  if (!whole) return [code, create('span', { class: 'muted' }, `… ${more}, which the page has not kept`)];
  const button = create('button', { type: 'button', class: 'quiet', 'data-testid': 'unfold' }, `… ${more}`);
  button.addEventListener('click', () => {
    // A scrollable element must be reachable by keyboard, and receives the focus that the button had.
    const all = create('code', { class: 'json whole', tabindex: '0', 'data-testid': 'whole' }, whole());
    code.replaceWith(all);
    button.remove();
    all.focus();
  });
  return [code, button];
}

/** @param {string} text */
function coloured(text) {
  if (text.length > COLOURED) return [text];
  return Array.from(tokens(text), (token) =>
    token.kind ? create('span', { class: `json-${token.kind}` }, token.text) : token.text,
  );
}
