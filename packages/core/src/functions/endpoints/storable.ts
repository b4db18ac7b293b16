/**
 * JSON text, as `JSON.stringify` writes it, in the way that `jsonb` takes it: without U+0000 and halves of surrogate pairs, which are U+FFFD then.
 *
 * @see https://www.postgresql.org/docs/current/datatype-json.html
 */
export function storableJson(json: string): string {
  return json.replace(/\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g, (sequence, refused) =>
    refused === undefined ? sequence : '\\ufffd',
  );
}

/** Text as PostgreSQL takes it. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed();
}
