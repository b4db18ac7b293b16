import { endOfString } from '@pgwamp/protocol/internal';
import type { PgType } from '../routines/pg-type.ts';

/** An open array or object during the scan: its type, and for an object the types of its fields. */
interface Brackets {
  readonly type: PgType | undefined;
  readonly fields: ReadonlyMap<string, PgType> | undefined;
}

/**
 * Converts the bytes in a JSON text from PostgreSQL's text of `bytea` to WAMP's form: U+0000 and base64. Everything
 * else remains unchanged: the order of keys, documents, and every digit.
 *
 * @param json the result of `to_json` for a value of the type.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 * @see https://www.postgresql.org/docs/current/datatype-binary.html
 */
export function withBase64(type: PgType, json: string): string {
  const outer: Brackets[] = [];
  let within: Brackets | undefined;
  /** The type of the next value. Undefined inside a document, whose parts have no PostgreSQL type. */
  let next: PgType | undefined = type;
  let isKey = false;
  let text = '';
  let copied = 0;
  for (let index = 0; index < json.length; index += 1) {
    switch (json[index]) {
      case '"': {
        const end = endOfString(json, index) + 1;
        if (isKey) next = within?.fields?.get(JSON.parse(json.slice(index, end)));
        else if (elementOf(next)?.kind === 'bytea') {
          text += json.slice(copied, index) + base64(JSON.parse(json.slice(index, end)));
          copied = end;
        }
        isKey = false;
        index = end - 1;
        break;
      }
      case '[':
      case '{': {
        if (within) outer.push(within);
        within = json[index] === '[' ? { type: next, fields: undefined } : fieldsOf(elementOf(next));
        isKey = json[index] === '{';
        // All dimensions of an array have the same element type.
        next = isKey || next?.kind !== 'array' ? undefined : next;
        break;
      }
      case ']':
      case '}':
        within = outer.pop();
        isKey = false;
        break;
      case ',':
        isKey = within?.fields !== undefined;
        next = within?.type?.kind === 'array' ? within.type : undefined;
        break;
    }
  }
  return text + json.slice(copied);
}

/** The innermost element type of an array. Elements may be arrays themselves if they are domains over arrays. */
function elementOf(type: PgType | undefined): PgType | undefined {
  return type?.kind === 'array' ? elementOf(type.element) : type;
}

function fieldsOf(type: PgType | undefined): Brackets {
  const fields = type?.kind === 'composite' ? type.attributes.map(({ name, type }) => [name, type] as const) : [];
  return { type, fields: new Map(fields) };
}

function base64(text: string): string {
  return JSON.stringify(`\0${bytesOf(text).toString('base64')}`);
}

/** Decodes both formats of `bytea_output`, because a function may change this setting. */
function bytesOf(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(plain, 'latin1');
}
