import { parseValues, stringifyLossless } from '../json/lossless.ts';
import { isDeeperThan, offsetOfElement } from '../json/scan.ts';
import type { Content, HeadElement, Payload, Serializer } from './serializer.ts';

const constantTexts = new WeakMap<object, string>();

/** Makes a dictionary that never changes. Its JSON text is written once, because it is sent with many messages. */
export function constantDict(dict: Record<string, unknown>): Readonly<Record<string, unknown>> {
  constantTexts.set(dict, JSON.stringify(dict));
  return Object.freeze(dict);
}

/** The JSON text of a dictionary of {@link constantDict}, `undefined` for any other value. */
export function constantText(dict: object): string | undefined {
  return constantTexts.get(dict);
}

/** The empty dictionary. Most Details are this object. */
export const EMPTY_DICT = constantDict({});

/**
 * The text of Arguments and ArgumentsKw. It is never parsed and written again, so numbers beyond 2^53, `1.0`, the order
 * of keys and duplicate keys reach the other end unchanged.
 */
class JsonPayload implements Payload {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  rawFor(serializer: Serializer): string | undefined {
    return serializer === json ? this.#text : undefined;
  }

  values(): readonly unknown[] {
    return parseValues(`[${this.#text}]`) as readonly unknown[];
  }
}

/**
 * A cache for topics: consecutive messages mostly have the same topic, and writing it takes a tenth of the time of a
 * publication.
 */
const latest = { string: '', text: '""' };

function encodeString(string: string): string {
  if (string === latest.string) return latest.text;
  const text = JSON.stringify(string);
  if (text.length > string.length + 2) return text;
  latest.text = text;
  // The string itself may be a slice of a large one, which it would keep in memory. A slice of the new text avoids
  // this.
  latest.string = text.slice(1, -1);
  return text;
}

const HALF = 1e8;
const MAX_SMALL = 2 ** 31;

/** V8 takes twice the time for a large number as for its halves. Ids are integers up to 2^53. */
function encodeNumber(number: number): string {
  if (number < MAX_SMALL || !Number.isSafeInteger(number)) return String(number);
  const high = Math.floor(number / HALF);
  return `${high}${String(number - high * HALF + HALF).slice(1)}`;
}

function encodeElement(element: HeadElement): string {
  if (typeof element === 'number') return encodeNumber(element);
  if (typeof element === 'string') return encodeString(element);
  return constantText(element) ?? stringifyLossless(element);
}

/** The text of the elements of a payload, without the brackets. */
function encodeValues(values: readonly unknown[]): string {
  return values.length === 0 ? '' : stringifyLossless(values).slice(1, -1);
}

/**
 * The JSON serializer. The native parser parses and validates a frame once. A scan of the head then finds the payload,
 * which is cut out of the text.
 */
export const json: Serializer = {
  name: 'json',
  subprotocol: 'wamp.2.json',
  binary: false,

  parse(content: Content, maxDepth: number): unknown {
    const text = content as string;
    if (isDeeperThan(text, maxDepth)) throw new RangeError('too many levels');
    return JSON.parse(text);
  },

  payload(content: Content, headLength: number, missing?: 'args' | 'kwargs'): Payload {
    const text = content as string;
    const end = text.lastIndexOf(']');
    if (missing === 'args') return new JsonPayload(`[],${text.slice(offsetOfElement(text, headLength + 1), end)}`);
    const start = offsetOfElement(text, headLength);
    return new JsonPayload(text.slice(start, missing === 'kwargs' ? text.lastIndexOf(',') : end));
  },

  encode(head: readonly HeadElement[], payload: Payload): string {
    let text = `[${encodeElement(head[0] as HeadElement)}`;
    for (let index = 1; index < head.length; index++) text += `,${encodeElement(head[index] as HeadElement)}`;
    const raw = payload.rawFor(json);
    const tail = typeof raw === 'string' ? raw : encodeValues(payload.values());
    return tail === '' ? `${text}]` : `${text},${tail}]`;
  },
};
