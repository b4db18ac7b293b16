const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The texts of the elements of a JSON array, each as it stands there: arguments are passed on with every digit that they came with, and
 * the longest are not parsed. What PostgreSQL wrote as `json` is well formed; of anything else it is only certain that no element reaches
 * beyond its brackets and quotes.
 *
 * @returns `undefined` if the text is no array.
 */
export function elementsOf(text: string): string[] | undefined {
  const array = text.trim();
  if (!array.startsWith('[')) return undefined;
  const elements: string[] = [];
  let depth = 0;
  let begin = 1;
  for (let index = 0; index < array.length; index++) {
    const code = array.charCodeAt(index);
    if (code === quote) index = endOfString(array, index);
    else if (code === openBracket || code === openBrace) depth++;
    else if (code === closeBracket || code === closeBrace) depth--;
    if (depth === 1 && code === comma) {
      elements.push(array.slice(begin, index).trim());
      begin = index + 1;
    }
    if (depth === 0 && index < array.length - 1) return undefined;
  }
  if (depth !== 0 || !array.endsWith(']')) return undefined;
  elements.push(array.slice(begin, -1).trim());
  return elements;
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
