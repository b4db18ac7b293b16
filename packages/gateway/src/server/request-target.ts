import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { GatewayExtra } from '../configuration.ts';
import { HttpRefusal } from './http-refusal.ts';

/** The target of a request. */
export interface RequestTarget {
  /** The path without the query, as it was sent. */
  readonly path: string;
  /** The channels and patterns in the request; undefined if the path is not one for channels. */
  readonly channels: readonly string[] | undefined;
  /** The position from which the client wants to resume. */
  readonly since: string | undefined;
}

/**
 * Reads the target of a request.
 *
 * @throws `HttpRefusal` (400) if a name is not UTF-8.
 */
export function readTarget(request: IncomingMessage, { base_path, path: template }: GatewayExtra): RequestTarget {
  // A proxy may send the whole URL.
  const [path = '/', query = ''] = (request.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '').split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  // Of both, Last-Event-ID is the later one: a browser repeats the address when it reconnects.
  const since = [request.headers['last-event-id']].flat()[0] || parameters.get('since');
  const prefix = base_path + template.slice(0, -'{channel}'.length);
  const name = path.startsWith(prefix) ? path.slice(prefix.length) : `${path}/` === prefix ? '' : undefined;
  // A slash within a name must be written as %2F.
  const isForChannels = name !== undefined && !name.includes('/');
  const named = isForChannels && name !== '' ? [decoded(name)] : [];
  const channels = isForChannels ? [...new Set([...named, ...queried(query)])] : undefined;
  return { path, channels, since: since || undefined };
}

/** The values of `channel` in a query. URLSearchParams would replace bytes that are not UTF-8 by U+FFFD. */
function queried(query: string): string[] {
  return query
    .split('&')
    .filter((part) => part.startsWith('channel='))
    .map((part) => decoded(part.slice('channel='.length).replaceAll('+', ' ')));
}

function decoded(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  if (isUtf8(bytes)) {
    try {
      return decodeURIComponent(bytes.toString());
    } catch {
      // An invalid encoding is refused below, like invalid UTF-8.
    }
  }
  throw new HttpRefusal(400, 'the name of the channel is not percent-encoded UTF-8');
}
