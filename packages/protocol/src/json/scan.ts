/*
 * Finds elements in JSON text without parsing it. Only strings, brackets and commas matter to that, so that text which
 * is not JSON is not noticed here, but never leads beyond its end.
 */
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
// With this bit set, a bracket has the code of a brace. This saves two comparisons for each other character.
const FOLD = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Whether an odd number of backslashes precedes the character at `index`. Then the character does not end its string.
 */
function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (index - first) % 2 === 1;
}

/** The index of the quote that ends the string starting at `start`, or the length of the text if there is none. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/**
 * The offset of element number `count` of the list in `text`: the offset after the comma before it. The text must be
 * valid JSON, must be a list and must have that element.
 */
export function offsetOfElement(text: string, count: number): number {
  let index = text.indexOf('[') + 1;
  let depth = 0;
  let commas = 0;
  for (; ; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | FOLD) === OPENING) depth++;
    else if ((code | FOLD) === CLOSING) depth--;
    else if (code === COMMA && depth === 0 && ++commas === count) return index + 1;
  }
}

/** The offsets of the commas between the elements of the list in `text`, at most `limit` of them. */
export function commasOf(text: string, limit: number): number[] {
  const commas: number[] = [];
  let depth = 0;
  for (let index = 0; index < text.length && commas.length < limit; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | FOLD) === OPENING) depth++;
    else if ((code | FOLD) === CLOSING) depth--;
    else if (code === COMMA && depth === 1) commas.push(index);
  }
  return commas;
}

/** The offset after the list or dictionary that starts at `start`. If it has no end, the length of the text or more. */
export function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | FOLD) === OPENING) depth++;
    else if ((code | FOLD) === CLOSING) depth--;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

/** Whether a text nests lists and dictionaries deeper than `maxDepth` levels. The text must be valid JSON. */
export function isDeeperThan(text: string, maxDepth: number): boolean {
  // Each level takes two brackets, so a short text needs no scan. Most texts are short.
  if (text.length <= maxDepth * 2) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | FOLD) === OPENING) {
      if (++depth > maxDepth) return true;
    } else if ((code | FOLD) === CLOSING) depth--;
  }
  return false;
}
