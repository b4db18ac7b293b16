/** A string, a number or a keyword, or one punctuation character. */
const tokens = /"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+|[[\]{},:]/g;

/**
 * Indents JSON with two spaces. Strings and numbers are kept as written, so that no digit is lost.
 *
 * @param {string} text
 * @returns {string | undefined} undefined if the text is not JSON
 */
export function indented(text) {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let result = '';
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(tokens)) {
    const opened = before === '[' || before === '{';
    const closes = token === ']' || token === '}';
    if (closes) depth -= 1;
    if (opened !== closes || before === ',') result += `\n${'  '.repeat(depth)}`;
    result += token === ':' ? ': ' : token;
    if (token === '[' || token === '{') depth += 1;
    before = token;
  }
  return result;
}
