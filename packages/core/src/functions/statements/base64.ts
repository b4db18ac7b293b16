import { UnserializableError, WampError } from '../../errors.ts';
import { parseLossless, stringify } from '../../json.ts';
import type { PgType } from '../routines/pg-type.ts';

/**
 * Writes the bytes in a JSON text as WAMP does, as U+0000 and base64, where PostgreSQL has written them as text of `bytea`. All else
 * keeps its value, and every digit.
 *
 * @throws `WampError` `wamp.error.payload_size_exceeded` for a document beside the bytes that is nested too deeply to be parsed.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 * @see https://www.postgresql.org/docs/current/datatype-binary.html
 */
export function withBase64(type: PgType, json: string): string {
  try {
    return stringify(convert(type, parseLossless(json)));
  } catch (error) {
    // PostgreSQL has written the JSON, so nothing else can be wrong with it.
    if (!(error instanceof RangeError || error instanceof UnserializableError)) throw error;
    throw new WampError('wamp.error.payload_size_exceeded', ['the result is nested too deeply to be sent']);
  }
}

function convert(type: PgType, value: unknown): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'bytea':
      return bytesOf(String(value));
    case 'array':
      return Array.isArray(value) ? value.map((item) => convert(type, item)) : convert(type.element, value);
    case 'composite': {
      const types = new Map(type.attributes.map((attribute) => [attribute.name, attribute.type]));
      const fields = Object.entries(value as object).map(([name, field]) => [
        name,
        convert(types.get(name) ?? type, field),
      ]);
      return Object.fromEntries(fields);
    }
    default:
      return value;
  }
}

/** Takes both of PostgreSQL's formats, since a function may change `bytea_output`. */
function bytesOf(text: string): Uint8Array {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(plain, 'latin1');
}
