import type * as z from 'zod';
import type { routeOptions } from '../routing/route-options.ts';
import type { Bridge } from './bridge-channels.ts';
import type { Wal2jsonParameters } from './wal2json-params.ts';

/** The kinds of upstream, and the kinds of destination that each supports. */
export const upstreamKinds: Readonly<Record<string, readonly string[]>> = {
  amqp: ['exchange', 'queue'],
  redis: ['topic'],
  mqtt: ['topic'],
  awssns: ['topic'],
  awssqs: ['queue'],
};

/** An upstream in a configuration of pg-event-proxy. */
export interface Upstream {
  readonly name: string;
  readonly kind: string;
  readonly uri: string;
  readonly deliveryMode?: 1 | 2;
  readonly bridges: readonly Bridge[];
}

/** The converted upstream: sinks by name, and routes to them. */
export interface UpstreamOptions {
  readonly sinks: Readonly<Record<string, Record<string, unknown>>>;
  readonly routes: readonly Route[];
}

type Route = z.input<typeof routeOptions>;

/** The channel name for the write-ahead log. */
export const walChannel = 'wal2json';
/** The names of the sources. */
export const sourceNames = { notify: 'notify', kept: 'kept', wal: 'wal2json' } as const;

/** Converts an upstream of pg-event-proxy to sinks and routes. */
export function upstreamOptions(
  upstream: Upstream,
  parameters: Wal2jsonParameters,
  region: string | undefined,
): UpstreamOptions {
  const sinks: Record<string, Record<string, unknown>> = {};
  const routes: Route[] = [];
  for (const bridge of upstream.bridges) {
    const to = sinkNameOf(upstream, bridge);
    sinks[to] ??= sinkOf(upstream, bridge, region);
    const common = { to, ...(upstream.kind === 'amqp' && { content_type: 'text' }) };
    if (bridge.channel === walChannel) {
      const format = { type: 'wal2json' as const, ...parameters };
      routes.push({ from: sourceNames.wal, ...common, destination: literal(bridge.name), key: '', format });
    } else {
      const target = {
        destination: destinationOf(upstream, bridge),
        channels: [bridge.channel],
        format: 'raw' as const,
      };
      for (const from of [sourceNames.notify, sourceNames.kept]) routes.push({ from, ...common, ...target });
    }
  }
  return { sinks, routes };
}

/** Exchanges and queues need separate sinks if an upstream has both. */
function sinkNameOf({ name, kind, bridges }: Upstream, bridge: Bridge): string {
  const isMixed = kind === 'amqp' && new Set(bridges.map((other) => other.kind)).size > 1;
  return isMixed ? mixedName(name, bridge.kind) : name;
}

/** The name of the sink for the exchanges or for the queues of an upstream that has both. */
export function mixedName(upstream: string, kind: string): string {
  return `${upstream}_${kind}`;
}

/** MQTT has topics instead of keys: the key is appended to the name after a dot. */
function destinationOf({ kind }: Upstream, { name }: Bridge): string {
  return kind === 'mqtt' ? `${literal(name)}{.key}` : literal(name);
}

/** Escapes a text, so that as a template it has no placeholders. */
function literal(text: string): string {
  return text.replace(/[{}]/g, '$&$&');
}

function sinkOf({ kind, uri, deliveryMode = 1 }: Upstream, bridge: Bridge, region: string | undefined) {
  switch (kind) {
    case 'amqp':
      return { kind, uri: vhostOf(uri), destination: bridge.kind, delivery_mode: deliveryMode };
    case 'redis':
      return { kind, uri, destination: 'channel' };
    case 'awssns':
    case 'awssqs':
      return { kind: kind.slice(3), ...awsOf(uri, bridge, region) };
    default:
      return { kind, uri };
  }
}

/** `amqp://host/` means the virtual host `/`, as does `amqp://host//`. */
function vhostOf(uri: string): string {
  return uri.replace(/^(amqps?:\/\/[^/?]+)\/{0,2}(?=$|\?)/, '$1/%2F');
}

/** `aws://region`, or `aws://host:port` of a server other than Amazon's. */
function awsOf(uri: string, { name }: Bridge, known: string | undefined) {
  const host = uri.replace(/^aws:\/\//, '').replace(/\/+$/, '');
  if (/^[a-z0-9-]+$/.test(host) && host !== 'localhost') return { region: host };
  const [, , , regionOfArn] = name.split(':');
  // Another server needs a region too, for signatures.
  return { endpoint: `http://${host}`, region: known ?? (regionOfArn || 'us-east-1') };
}
