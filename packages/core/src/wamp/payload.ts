import { WampError } from '../errors.ts';
import { parsePart } from '../json.ts';
import { PayloadText } from './payload-text.ts';

/** Arguments as they stand at the end of a WAMP message: left out where there are none. */
export type Payload = readonly [] | readonly [PayloadText | readonly unknown[]] | readonly [readonly unknown[], object];

export function payloadOf(args: PayloadText | readonly unknown[], kwargs: object = {}): Payload {
  if (args instanceof PayloadText) return [args];
  if (Object.keys(kwargs).length > 0) return [args, kwargs];
  return args.length > 0 ? [args] : [];
}

/** What an endpoint has returned, as arguments. */
export function resultOf(result: unknown): Payload {
  if (result === undefined) return [];
  if (result instanceof PayloadText) return [result];
  if (typeof result === 'object' && result !== null && 'args' in result && 'kwargs' in result) {
    return payloadOf(result.args as unknown[], result.kwargs as object);
  }
  return [[result]];
}

/** Arguments as values, where text cannot be passed on as it is. */
export function valuesOf([args = [], kwargs = {}]: Payload): { args: unknown[]; kwargs: object } {
  if (!(args instanceof PayloadText)) return { args: [...args], kwargs };
  return {
    args: parsePart('args', args.args || '[]') as unknown[],
    kwargs: parsePart('kwargs', args.kwargs || '{}') as object,
  };
}

/** What an endpoint has thrown, as an error of WAMP. */
export function asWampError(error: unknown): WampError {
  if (error instanceof WampError) return error;
  return new WampError('wamp.error.runtime_error', [error instanceof Error ? error.message : String(error)]);
}
