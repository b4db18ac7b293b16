import { WampError } from '../../errors.ts';
import { isDictionary, stringify } from '../../json.ts';

/**
 * The error for an argument that a parameter cannot take.
 *
 * @param parameter its name, or `$2` if it has none. Inside composites and arrays the path, such as `who.children[0]`.
 * @param expected the expected type.
 * @param value the given value.
 * @param reason the problem, if the type does not explain it.
 */
export function invalidArgument(parameter: string, expected: string, value: unknown, reason?: string): WampError {
  const found = brief(value);
  const message = `${parameter}: expected ${expected}, found ${found}${reason ? `: ${cut(reason, 1000)}` : ''}`;
  const given = value !== undefined && { value: found };
  return new WampError('wamp.error.invalid_argument', [message], { parameter, expected, ...given });
}

const items = 5;

/** Formats a value for a message, as truncated JSON. A caller may send megabytes, nested to any depth. */
export function brief(value: unknown, depth = 3): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `[${depth > 0 ? listed(value, (item) => brief(item, depth - 1)) : '...'}]`;
  if (!isDictionary(value)) return cut(stringify(value));
  const field = ([key, content]: [string, unknown]) => `${cut(stringify(key))}:${brief(content, depth - 1)}`;
  return `{${depth > 0 ? listed(Object.entries(value), field) : '...'}}`;
}

function listed<Item>(all: readonly Item[], text: (item: Item) => string): string {
  const first = all.slice(0, items).map(text);
  return (all.length > items ? [...first, '...'] : first).join(',');
}

/** Truncates a text for a message. */
export function cut(text: string, characters = 100): string {
  if (text.length <= characters) return text;
  // Half of a surrogate pair at the end is removed, because it is not valid text.
  return `${text
    .slice(0, characters)
    .toWellFormed()
    .replace(/\ufffd$/, '')}...`;
}
