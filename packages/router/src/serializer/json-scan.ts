const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether the character at `index` has an odd number of backslashes before it, and so does not end its string. */
function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (index - first) % 2 === 1;
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/**
 * Where element number `count` of the list in `text` begins: the offset after the comma before it. The text must be
 * valid JSON, must be a list and must have that element, so that this needs to know only strings, brackets and commas.
 */
export function offsetOfElement(text: string, count: number): number {
  let index = text.indexOf('[') + 1;
  let depth = 0;
  let commas = 0;
  for (; ; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    else if (code === COMMA && depth === 0 && ++commas === count) return index + 1;
  }
}
