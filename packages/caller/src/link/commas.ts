const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Where the first commas between the elements of a JSON array stand, at most so many. So an element can be passed on as it stands there,
 * with every digit that it came with, and the longest is not parsed. What PostgreSQL wrote as `json` is well formed; of anything else it is
 * only certain that no element reaches beyond its brackets and quotes.
 */
export function commasOf(array: string, most: number): number[] {
  const commas: number[] = [];
  let depth = 0;
  for (let index = 0; index < array.length && commas.length < most; index++) {
    const code = array.charCodeAt(index);
    if (code === quote) index = endOfString(array, index);
    else if (code === openBracket || code === openBrace) depth++;
    else if (code === closeBracket || code === closeBrace) depth--;
    else if (code === comma && depth === 1) commas.push(index);
  }
  return commas;
}

/** Where a string that begins at a place ends; the end of the text if it does not. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
