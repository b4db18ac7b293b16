import { endOfString } from '@pgwamp/protocol/internal';
import type { PgType } from '../routines/pg-type.ts';

/** An array or an object that is being read: of which type, and of an object the types of its fields. */
interface Brackets {
  readonly type: PgType | undefined;
  readonly fields: ReadonlyMap<string, PgType> | undefined;
}

/**
 * Writes the bytes in a JSON text as WAMP does, as U+0000 and base64, where PostgreSQL has written them as text of `bytea`. All else stays
 * as it is, to the letter: the order of keys, the documents beside the bytes, and every digit.
 *
 * @param json what `to_json` has made of a value of the type.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 * @see https://www.postgresql.org/docs/current/datatype-binary.html
 */
export function withBase64(type: PgType, json: string): string {
  const outer: Brackets[] = [];
  let within: Brackets | undefined;
  /** The type of the value that comes next; undefined for the parts of a document, which are no values of PostgreSQL. */
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
        // The dimensions of an array have one type.
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

/** What is within all dimensions of an array, whose elements may be arrays by themselves: those of a domain. */
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

/** Takes both of PostgreSQL's formats, since a function may change `bytea_output`. */
function bytesOf(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(plain, 'latin1');
}
