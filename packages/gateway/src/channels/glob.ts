import * as z from 'zod';

/** A glob of the configuration. */
export const glob = z.string().refine((text) => globPattern(text) !== undefined, {
  error: 'a pattern such as "orders*" or "[a-m]*", whose brackets are closed',
});

/** Whether a glob contains no wildcard and so is the name of one channel. */
export function isName(text: string): boolean {
  return !/[*?[\\]/.test(text);
}

/**
 * The regular expression of a glob, with the syntax of POSIX and pg_eventserv: `*` matches any text, `?` any character,
 * and `[a-z]`, `[!a-z]` and `[[:alpha:]]` one character of a set. `\` escapes the next character.
 *
 * @returns undefined if the glob is invalid: a bracket or a backslash is incomplete.
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_13
 */
export function globPattern(glob: string): RegExp | undefined {
  const tokens = glob.match(token) ?? [];
  if (tokens.join('') !== glob) return undefined;
  try {
    return new RegExp(`^${tokens.map(translate).join('')}$`, 'su');
  } catch {
    // A range in the wrong order, or an unknown character class.
    return undefined;
  }
}

/** A literal character, a wildcard, or a bracket expression, whose first character may be a bracket. */
const token = /\\.|\[[!^]?\]?(?:\[:\w+:\]|[^\]])*\]|[^\\[]/gsu;

function translate(part: string): string {
  if (part === '*') return '.*';
  if (part === '?') return '.';
  if (part.length > 2 && part.startsWith('[')) return bracket(part.slice(1, -1));
  return literal(part.replace(/^\\(?=.)/s, ''));
}

function bracket(content: string): string {
  const [, not = '', members = ''] = /^([!^]?)(.*)$/s.exec(content) ?? [];
  const inside = members.replace(/\[:(\w+):\]|[\\\][^]/g, (found, name?: string) =>
    name === undefined ? `\\${found}` : (classes[name] ?? '\\p{}'),
  );
  return `[${not && '^'}${inside}]`;
}

const classes: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  blank: ' \\t',
  cntrl: '\\p{Cc}',
  digit: '0-9',
  lower: '\\p{Ll}',
  punct: '\\p{P}\\p{S}',
  space: '\\s',
  upper: '\\p{Lu}',
  xdigit: '0-9A-Fa-f',
};

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
