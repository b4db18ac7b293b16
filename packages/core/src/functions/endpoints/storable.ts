import { endOfString } from '@pgwamp/protocol/internal';

/** An exponent, and a number of digits, that `numeric` may have no room for. */
const largest = { exponent: 16_000, digits: 100_000 };

/**
 * JSON text, as `JSON.stringify` writes it, in the way that `jsonb` takes it: without U+0000 and halves of surrogate pairs, which are U+FFFD then, and with
 * numbers such as `1e400000`, for which `numeric` has no room, as strings.
 *
 * @see https://www.postgresql.org/docs/current/datatype-json.html
 */
export function storableJson(json: string): string {
  // Numbers are looked for only where there may be one of that kind.
  if (json.length <= largest.digits && !/[eE][+-]?\d{5}/.test(json)) return storableStrings(json);
  const parts: string[] = [];
  for (let start = 0; start < json.length; ) {
    const opening = json.indexOf('"', start);
    const quote = opening < 0 ? json.length : opening;
    parts.push(json.slice(start, quote).replace(/-?\d[\d.eE+-]*/g, storableNumber));
    start = quote < json.length ? endOfString(json, quote) + 1 : quote;
    parts.push(storableStrings(json.slice(quote, start)));
  }
  return parts.join('');
}

function storableStrings(json: string): string {
  return json.replace(/\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g, (sequence, refused) =>
    refused === undefined ? sequence : '\\ufffd',
  );
}

function storableNumber(token: string): string {
  const exponent = Number(/[eE](.*)/.exec(token)?.[1] ?? 0);
  return Math.abs(exponent) > largest.exponent || token.length > largest.digits ? `"${token}"` : token;
}

/** Text as PostgreSQL takes it. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed();
}
