/** A mistake in the syntax of a file. */
export interface SyntaxMistake {
  readonly offset: number;
  readonly message: string;
}

/** One token of JSON, and its text without the white space before it. */
const token = /\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:])/y;

/**
 * Finds the first mistake in a text that has to be JSON. A reader of YAML would accept commas before brackets, comments and names
 * without quotes, which Crossbar.io and other programs refuse.
 */
export function jsonMistake(text: string): SyntaxMistake | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const [, what, position] = /^(.*?)(?: in JSON)? at position (\d+)/.exec(message) ?? [];
    const offset = position === undefined ? unexpectedAt(text) : Number(position);
    return (
      trailingComma(text, offset) ?? { offset, message: comment(text, offset) ?? what ?? unexpected(text, offset) }
    );
  }
}

function trailingComma(text: string, offset: number): SyntaxMistake | undefined {
  const before = text.slice(0, offset).trimEnd();
  if (!before.endsWith(',') || !/[}\]]/.test(text.charAt(offset))) return undefined;
  return { offset: before.length - 1, message: `JSON has no comma before "${text.charAt(offset)}"` };
}

function comment(text: string, offset: number): string | undefined {
  if (!/^(#|\/[/*])/.test(text.slice(offset))) return undefined;
  return 'JSON has no comments: remove it, or use YAML in a file .yaml';
}

function unexpected(text: string, offset: number): string {
  if (offset === text.length) return 'the text ends before its last bracket is closed';
  return `expected a value of JSON, found ${text.slice(offset).split(/[\s,:{}[\]]/, 1)[0] || text.charAt(offset)}`;
}

/** The position of a missing value, or of something other than a JSON token: V8 does not report it. */
function unexpectedAt(text: string): number {
  let before = '';
  for (let end = 0; ; end = token.lastIndex) {
    token.lastIndex = end;
    const [whole = '', found = ''] = token.exec(text) ?? [];
    if (found === '') return text.length - text.slice(end).trimStart().length;
    const isValueMissing = ['', '[', ',', ':'].includes(before) && /^[,:}\]]$/.test(found);
    if (isValueMissing && `${before}${found}` !== '[]') return end + whole.length - found.length;
    before = found;
  }
}
