import * as z from 'zod';

/** A glob of the configuration. */
export const glob = z.string().refine((text) => globPattern(text) !== undefined, {
  error: 'a pattern such as "orders*" or "[a-m]*", whose brackets have an end',
});

/** Whether a glob is the name of one channel, and no pattern. */
export function isName(text: string): boolean {
  return !/[*?[\\]/.test(text);
}

/**
 * The regular expression of a glob, which is as in POSIX and in pg_eventserv: `*` for any text, `?` for any character,
 * `[a-z]`, `[!a-z]` and `[[:alpha:]]` for one of several, and `\` before a character that stands for itself.
 *
 * @returns undefined if the glob is none: a bracket or a backslash has no end.
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_13
 */
export function globPattern(glob: string): RegExp | undefined {
  const tokens = glob.match(token) ?? [];
  if (tokens.join('') !== glob) return undefined;
  try {
    return new RegExp(`^${tokens.map(translate).join('')}$`, 'su');
  } catch {
    // A range that runs backwards, or a class of characters that does not exist.
    return undefined;
  }
}

/** A character that stands for itself, a wildcard, or a bracket expression, whose first character may be a bracket. */
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
