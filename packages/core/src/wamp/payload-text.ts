import { json, type Payload, type Serializer } from '@pgwamp/protocol';
import { isDeeperThan, jsonFault, parseValues } from '@pgwamp/protocol/internal';
import { WampError } from '../errors.ts';
import { parsePart, stringify } from '../json.ts';

/**
 * Arguments of a WAMP message as JSON text. A message in JSON takes the text as it is; for another serializer it is
 * converted as the router converts it.
 *
 * @example
 * new PayloadText('[1.10, "a"]', '{"key": null}');
 * PayloadText.of([1n, new Uint8Array([1, 2, 3])]);
 */
export class PayloadText implements Payload {
  /** A JSON array, or empty. */
  readonly args: string;
  /** A JSON object, or empty. */
  readonly kwargs: string;
  /** Whether it was made of values, and is JSON for certain. */
  #isJson = false;

  /**
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   */
  constructor(args: string, kwargs = '') {
    this.args = args;
    this.kwargs = kwargs;
  }

  /** @throws `UnserializableError` for what JSON cannot express. */
  static of(args: readonly unknown[], kwargs: object = {}): PayloadText {
    const hasKwargs = Object.keys(kwargs).length > 0;
    const payload = new PayloadText(
      args.length > 0 || hasKwargs ? stringify(args) : '',
      hasKwargs ? stringify(kwargs) : '',
    );
    payload.#isJson = true;
    return payload;
  }

  /** The elements behind the head of a message. */
  get text(): string {
    return this.kwargs === '' ? this.args : `${this.args || '[]'},${this.kwargs}`;
  }

  rawFor(serializer: Serializer): string | undefined {
    return serializer === json ? this.text : undefined;
  }

  values(): readonly unknown[] {
    return parseValues(`[${this.text}]`) as readonly unknown[];
  }

  /** The arguments as JavaScript values, numbers with every digit. */
  parse(): { args: unknown[]; kwargs: Record<string, unknown> } {
    return {
      args: this.args === '' ? [] : (parsePart('args', this.args) as unknown[]),
      kwargs: this.kwargs === '' ? {} : (parsePart('kwargs', this.kwargs) as Record<string, unknown>),
    };
  }

  /**
   * Checks that it is JSON, and not too deep.
   *
   * @param maxDepth levels of arrays and objects inside each other, the arguments themselves included.
   * @throws `WampError` `wamp.error.invalid_argument`.
   */
  check(maxDepth: number): void {
    if (this.args !== '') this.#checkPart('args', 'array', maxDepth);
    if (this.kwargs !== '') this.#checkPart('kwargs', 'object', maxDepth);
  }

  #checkPart(part: 'args' | 'kwargs', kind: 'array' | 'object', maxDepth: number): void {
    if (!this.#isJson) checkText(part, this[part], kind, maxDepth);
    else if (isDeeperThan(this[part], maxDepth)) throw tooDeep(part, maxDepth);
  }
}

/** @throws `WampError` `wamp.error.invalid_argument` if a part of a message is no JSON of its kind, or too deep. */
export function checkText(part: string, text: string, kind: 'array' | 'object', maxDepth: number): void {
  const fault = jsonFault(text, kind, maxDepth);
  if (fault === 'too deep') throw tooDeep(part, maxDepth);
  if (fault) throw new WampError('wamp.error.invalid_argument', [`${part} is not a JSON ${kind}`]);
}

/** The message itself is one level more. */
function tooDeep(part: string, maxDepth: number): WampError {
  const message = `${part} has more than ${maxDepth} levels of arrays and objects inside each other: transport.options.max_depth is ${maxDepth + 1}`;
  return new WampError('wamp.error.invalid_argument', [message]);
}

/** The result of an endpoint, as a payload. */
export function resultPayload(result: unknown): PayloadText {
  if (result === undefined) return new PayloadText('');
  if (result instanceof PayloadText) return result;
  if (typeof result === 'object' && result !== null && 'args' in result && 'kwargs' in result) {
    return PayloadText.of(result.args as unknown[], result.kwargs as object);
  }
  return PayloadText.of([result]);
}

/** What an endpoint has thrown, as an error of WAMP. */
export function asWampError(error: unknown): WampError {
  if (error instanceof WampError) return error;
  return new WampError('wamp.error.runtime_error', [error instanceof Error ? error.message : String(error)]);
}
