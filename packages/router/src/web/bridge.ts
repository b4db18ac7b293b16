import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dict, isDict } from '@pgwamp/protocol';
import { isDeeperThan, parseValues, stringifyLossless } from '@pgwamp/protocol/internal';
import { JoinError, RouterOptionError, ServiceError, UnknownRealmError } from '../errors.ts';
import type { RouterHandle } from '../listening/router-handle.ts';
import type { ServiceSession } from '../realm/service-session.ts';
import { BridgeGuard } from './bridge-guard.ts';
import { HttpError } from './http-error.ts';
import { type HttpService, sendText } from './http-service.ts';
import type { BridgeService } from './web-options.ts';

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Performs the request of a bridge in a session. */
type Forward = (session: ServiceSession, request: BridgeRequest, gone: AbortSignal) => Promise<object>;

const publish: Forward = async (session, { uri, args, kwargs, options }) => {
  return { id: await session.publish(uri, args, kwargs, options) };
};

const call: Forward = async (session, { uri, args, kwargs, options }, gone) => {
  // An HTTP response is a single result.
  const { receive_progress: _, ...others } = options;
  const result = await session.call(uri, args, kwargs, others, gone);
  return { args: result.args, ...(Object.keys(result.kwargs).length > 0 && { kwargs: result.kwargs }) };
};

function failure(error: string, args: readonly unknown[] = [], kwargs: object = {}): object {
  return { error, args, kwargs };
}

/** An error of the callee or the router is a regular response. */
function answerTo(error: Error, onError: (error: Error) => void): Answer {
  if (error instanceof ServiceError) return { status: 200, body: failure(error.uri, error.args, error.kwargs) };
  if (error instanceof HttpError) return { status: error.status, body: failure(error.message) };
  onError(error);
  return { status: 500, body: failure('the router failed to handle the request') };
}

function openSession({ realm, role }: BridgeService, path: string, router: RouterHandle): ServiceSession {
  try {
    return router.openService(realm, role);
  } catch (error) {
    if (error instanceof UnknownRealmError) throw new RouterOptionError(`${path}.realm: ${error.message}`);
    if (error instanceof JoinError) throw new RouterOptionError(`${path}.role: ${error.message}`);
    throw error;
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  // The rest of a body that was too long is not read.
  const isRead = request.complete;
  sendText(response, status, stringifyLossless(body), {
    'content-type': 'application/json; charset=utf-8',
    ...(status === 405 && { allow: 'POST, PUT' }),
    ...(!isRead && { connection: 'close' }),
  });
}

/**
 * Publishes or calls on behalf of HTTP requests.
 *
 * @throws RouterOptionError naming the path of the wrong option
 * @see https://crossbar.io/docs/HTTP-Bridge/
 */
export function bridge(service: BridgeService, name: string, router: RouterHandle): HttpService {
  const path = `paths.${name}`;
  const { maxMessageSize, maxDepth } = router.limits;
  const guard = new BridgeGuard(service.options ?? {}, `${path}.options`, maxMessageSize);
  const [uriName, forward] =
    service.type === 'publisher' ? (['topic', publish] as const) : (['procedure', call] as const);
  const session = openSession(service, path, router);
  const answer = async (request: IncomingMessage, gone: AbortSignal): Promise<Answer> => {
    try {
      const body = await guard.admit(request);
      return { status: 200, body: await forward(session, readBridgeRequest(body, uriName, maxDepth), gone) };
    } catch (error) {
      return answerTo(error as Error, router.onError);
    }
  };
  return {
    serve: async (request, response) => {
      // This also fires after the response, when there is nothing left to cancel.
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const answered = await answer(request, gone.signal);
      if (!response.destroyed) send(request, response, answered);
    },
    close: () => session.close(),
  };
}

/** The content of a request body. */
interface BridgeRequest {
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
function readBridgeRequest(body: Buffer, uriName: string, maxDepth: number): BridgeRequest {
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
