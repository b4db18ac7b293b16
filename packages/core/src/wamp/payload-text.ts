import { json, type Payload, type Serializer } from '@pgwamp/protocol';
import { isDeeperThan, jsonFault, parseValues } from '@pgwamp/protocol/internal';
import { WampError } from '../errors.ts';
import { parsePart, stringify } from '../json.ts';

/**
 * The arguments of a WAMP message as JSON text. A JSON message contains the text unchanged. For another serializer, it
 * is converted in the same way as the router does.
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
  /** Whether it was created from values, so that it is valid JSON. */
  #isJson = false;

  /**
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   */
  constructor(args: string, kwargs = '') {
    this.args = args;
    this.kwargs = kwargs;
  }

  /** @throws `UnserializableError` for a value that JSON cannot express. */
  static of(args: readonly unknown[], kwargs: object = {}): PayloadText {
    const hasKwargs = Object.keys(kwargs).length > 0;
    const payload = new PayloadText(
      args.length > 0 || hasKwargs ? stringify(args) : '',
      hasKwargs ? stringify(kwargs) : '',
    );
    payload.#isJson = true;
    return payload;
  }

  /** The elements after the head of a message. */
  get text(): string {
    return this.kwargs === '' ? this.args : `${this.args || '[]'},${this.kwargs}`;
  }

  rawFor(serializer: Serializer): string | undefined {
    return serializer === json ? this.text : undefined;
  }

  values(): readonly unknown[] {
    return parseValues(`[${this.text}]`) as readonly unknown[];
  }

  /** Parses the arguments to JavaScript values. Numbers keep every digit. */
  parse(): { args: unknown[]; kwargs: Record<string, unknown> } {
    return {
      args: this.args === '' ? [] : (parsePart('args', this.args) as unknown[]),
      kwargs: this.kwargs === '' ? {} : (parsePart('kwargs', this.kwargs) as Record<string, unknown>),
    };
  }

  /**
   * Checks that the arguments are valid JSON and not nested too deeply.
   *
   * @param maxDepth limit on the levels of nested arrays and objects, including the arguments themselves.
   * @throws `WampError` `wamp.error.invalid_argument`.
   */
  check(maxDepth: number): void {
    const check = this.#isJson ? checkDepth : checkText;
    if (this.args !== '') check('args', this.args, 'array', maxDepth);
    if (this.kwargs !== '') check('kwargs', this.kwargs, 'object', maxDepth);
  }
}

/**
 * @throws `WampError` `wamp.error.invalid_argument` if a part of a message is not JSON of the given kind, or nested too
 * deeply.
 */
export function checkText(part: string, text: string, kind: 'array' | 'object', maxDepth: number): void {
  const fault = jsonFault(text, kind, maxDepth);
  if (fault === 'too deep') throw tooDeep(part, maxDepth);
  if (fault) throw new WampError('wamp.error.invalid_argument', [`${part} is not a JSON ${kind}`]);
}

/** Checks a text that is known to be JSON. */
function checkDepth(part: string, text: string, _kind: 'array' | 'object', maxDepth: number): void {
  if (isDeeperThan(text, maxDepth)) throw tooDeep(part, maxDepth);
}

/** The limit includes the message itself, which is one more level. */
function tooDeep(part: string, maxDepth: number): WampError {
  const message = `${part} has more than ${maxDepth} levels of arrays and objects inside each other: transport.options.max_depth is ${maxDepth + 1}`;
  return new WampError('wamp.error.invalid_argument', [message]);
}

/** Converts the result of an endpoint to a payload. */
export function resultPayload(result: unknown): PayloadText {
  if (result === undefined) return new PayloadText('');
  if (result instanceof PayloadText) return result;
  if (typeof result === 'object' && result !== null && 'args' in result && 'kwargs' in result) {
    return PayloadText.of(result.args as unknown[], result.kwargs as object);
  }
  return PayloadText.of([result]);
}

/** Converts an error of an endpoint to a WAMP error. */
export function asWampError(error: unknown): WampError {
  if (error instanceof WampError) return error;
  return new WampError('wamp.error.runtime_error', [error instanceof Error ? error.message : String(error)]);
}
