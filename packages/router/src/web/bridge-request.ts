import { isUtf8 } from 'node:buffer';
import { type Dict, isDict } from '@pgwamp/protocol';
import { isDeeperThan, parseValues } from '@pgwamp/protocol/internal';
import { HttpError } from './http-error.ts';

/** What the body of a request to a bridge asks for. */
export interface BridgeRequest {
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly options: Dict;
}

function parse(body: Buffer, maxDepth: number): Dict {
  const text = isUtf8(body) ? body.toString() : '';
  try {
    const value = isDeeperThan(text, maxDepth) ? undefined : parseValues(text);
    if (isDict(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new HttpError(400, 'the body must be a JSON object');
}

function optional<T>(body: Dict, name: string, is: (value: unknown) => value is T, fallback: T): T {
  const value = body[name] ?? fallback;
  if (!is(value)) throw new HttpError(400, `${name}: not of the right type`);
  return value;
}

/**
 * Reads the body of a request.
 *
 * @param uriName `topic` or `procedure`
 * @throws HttpError 400
 */
export function readBridgeRequest(body: Buffer, uriName: string, maxDepth: number): BridgeRequest {
  const dict = parse(body, maxDepth);
  const uri = dict[uriName];
  if (typeof uri !== 'string') throw new HttpError(400, `${uriName}: missing, or not a string`);
  return {
    uri,
    args: optional(dict, 'args', (value): value is readonly unknown[] => Array.isArray(value), []),
    kwargs: optional(dict, 'kwargs', isDict, {}),
    options: optional(dict, 'options', isDict, {}),
  };
}
