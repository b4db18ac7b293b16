import { isDictionary, stringify } from '../../json.ts';

const items = 5;

/** A value for people, as JSON that is cut short: a caller may send megabytes, nested as deep as it likes. */
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

/** A text for people, cut short. */
export function cut(text: string, characters = 100): string {
  if (text.length <= characters) return text;
  // Half of a character at the end is left out, since it is no text.
  return `${text
    .slice(0, characters)
    .toWellFormed()
    .replace(/\ufffd$/, '')}...`;
}
