const [quote, comma, bracket, endBracket, brace, endBrace] = Buffer.from('",[]{}');

/** Where the comma stands after so many elements of a JSON array, which is known to be one and to have more. */
export function endOfElement(text: string, count: number): number {
  let depth = 0;
  let left = count;
  for (let index = 0; ; index += 1) {
    const character = text.charCodeAt(index);
    if (character === quote) index = endOfString(text, index);
    else if (character === bracket || character === brace) depth += 1;
    else if (character === endBracket || character === endBrace) depth -= 1;
    else if (character === comma && depth === 1) left -= 1;
    if (left === 0) return index;
  }
}

/**
 * Where the array or object that begins at `start` has ended; the length of the text or more if it does not. What stands between its
 * brackets is not checked.
 */
export function endOfList(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === quote) index = endOfString(text, index);
    else if (character === bracket || character === brace) depth += 1;
    else if (character === endBracket || character === endBrace) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

/** Where the closing quote stands. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  // A string that does not end takes the rest.
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text[index - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
