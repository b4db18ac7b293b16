import type { Environment } from '@pgwamp/config';
import type { ProxyOptions } from '../configuration.ts';
import { type Bridges, readAmqpBridgeChannels, readBridgeChannels } from './bridge-channels.ts';
import { readBridgeSettings, readSettings, type Settings } from './settings.ts';
import { mixedName, sourceNames, type Upstream, upstreamKinds, upstreamOptions, walChannel } from './upstream.ts';
import { defaultWal2jsonParams, readWal2jsonParams } from './wal2json-params.ts';

/** The application_name that the SQL functions of pg-event-proxy look for in `pg_stat_activity`. */
const presence = 'pg-event-proxy';
const defaultSlot = 'pg_event_proxy';

const lambdaAlternatives =
  'awslambda is not supported: let the function be invoked by a topic of SNS (kind awssns) or a queue of SQS (kind awssqs), or ' +
  'give it a function URL and use a sink of kind webhook in a configuration of pgwamp';

/**
 * Reads the configuration of pg-event-proxy (versions 1 and 2) or of pg-amqp-bridge, and converts it to that of an
 * equivalent Proxy.
 *
 * @param file an ini file; variables `PGPROXY_…` take precedence. Without a file and such variables, `POSTGRESQL_URI`
 *   and `AMQP_URI` are read.
 * @throws `ConfigurationError` naming the variable or the line of each mistake.
 * @example
 * ```ts
 * const proxy = new Proxy(readPgEventProxy('/etc/pg-event-proxy.ini'));
 * ```
 */
export function readPgEventProxy(file?: string, environment: Environment = process.env): ProxyOptions {
  const settings = readSettings(file, environment);
  const isBridge = file === undefined && settings.paths.length === 0;
  if (isBridge && !environment.POSTGRESQL_URI && !environment.POSTGRESQL_URI_FILE) {
    settings.complain(
      'database.uri',
      'missing: the URI of PostgreSQL; name a file, or set the variables PGPROXY_… or POSTGRESQL_URI',
    );
  } else if (isBridge) return readBridge(readBridgeSettings(environment), environment);
  const isFirst = settings.paths.some((path) => path.startsWith('local.'));
  return isFirst ? readFirst(settings, environment) : readSecond(settings, environment);
}

/** Version 2: any number of upstreams. */
function readSecond(settings: Settings, environment: Environment): ProxyOptions {
  const database = settings.demand(
    'database.uri',
    'the URI of PostgreSQL, postgresql://user:password@host:5432/database',
  );
  const names = settings.paths.flatMap((path) => /^upstream\.(.+)\.[^.]+$/.exec(path)?.[1] ?? []);
  const taken = new Set<string>();
  // Sorted, because the name of a sink identifies its cursor, and the order of variables may change.
  const upstreams = [...new Set(names)].toSorted().flatMap((name) => {
    const at = (key: string) => `upstream.${name}.${key}`;
    const kind = settings.demand(at('kind'), `one of ${Object.keys(upstreamKinds).join(', ')}`);
    const uri = settings.demand(at('uri'), 'the URI of the broker');
    const channels = settings.demand(at('bridge_channels'), 'CHANNEL->KIND:NAME, …');
    const deliveryMode = deliveryModeOf(settings, at('delivery_mode'));
    return upstreamOf(
      settings,
      { name: nameOf(name, taken), kind, uri, deliveryMode, channels },
      at('kind'),
      at('bridge_channels'),
    );
  });
  if (names.length === 0) settings.missing('upstream.NAME.kind', 'missing (expected at least one upstream)');
  const wal = { slot: settings.get('database.replication_slot'), params: settings.get('database.wal2json_params') };
  const params = paramsOf(settings, wal.params, 'database.wal2json_params');
  settings.check(
    '[database] uri, replication_slot, wal2json_params and [upstream.NAME] kind, uri, bridge_channels, delivery_mode',
  );
  return optionsOf(database, wal.slot, upstreams, params, environment);
}

/** Version 1: one upstream. */
function readFirst(settings: Settings, environment: Environment): ProxyOptions {
  const database = settings.demand(
    'local.postgresql_uri',
    'the URI of PostgreSQL, postgresql://user:password@host:5432/database',
  );
  const at = (key: string) => `local.upstream_config.${key}`;
  const kind = settings.demand('local.upstream', 'amqp, redis or mqtt');
  const written = settings.demand(at('uri'), 'the URI of the broker');
  const uri = withCredentials(written, settings.get(at('username')), settings.get(at('password')));
  const channels = settings.demand(at('bridge_channels'), 'CHANNEL->KIND:NAME, …');
  const deliveryMode = deliveryModeOf(settings, at('delivery_mode'));
  const upstream = { name: 'upstream', kind, uri, deliveryMode, channels };
  const upstreams = upstreamOf(settings, upstream, 'local.upstream', at('bridge_channels'));
  const slot = settings.get('local.replication_slot');
  const params = paramsOf(settings, settings.get('local.wal2json_params'), 'local.wal2json_params');
  settings.check(
    '[local] postgresql_uri, replication_slot, wal2json_params, upstream and [local.upstream_config] uri, bridge_channels, delivery_mode, username, password',
  );
  return optionsOf(database, slot, upstreams, params, environment);
}

/** pg-amqp-bridge. */
function readBridge(settings: Settings, environment: Environment): ProxyOptions {
  const database = settings.demand('POSTGRESQL_URI', 'the URI of PostgreSQL');
  const uri = settings.demand('AMQP_URI', 'the URI of the broker, amqp://user:password@host//');
  const bridges = readAmqpBridgeChannels(settings.get('BRIDGE_CHANNELS') ?? '');
  for (const problem of bridges.problems) settings.complain('BRIDGE_CHANNELS', problem);
  const mode = settings.get('DELIVERY_MODE') ?? 'NON-PERSISTENT';
  if (mode !== 'PERSISTENT' && mode !== 'NON-PERSISTENT') {
    settings.complain('DELIVERY_MODE', `expected PERSISTENT or NON-PERSISTENT, found ${JSON.stringify(mode)}`);
  }
  settings.check('POSTGRESQL_URI, AMQP_URI, BRIDGE_CHANNELS, DELIVERY_MODE');
  const deliveryMode = mode === 'PERSISTENT' ? 2 : 1;
  const upstream: Upstream = { name: 'amqp', kind: 'amqp', uri, deliveryMode, bridges: bridges.bridges };
  return optionsOf(database, undefined, [upstream], {}, environment);
}

interface WrittenUpstream extends Omit<Upstream, 'bridges' | 'deliveryMode'> {
  readonly channels: string;
  readonly deliveryMode: 1 | 2;
}

function upstreamOf(settings: Settings, upstream: WrittenUpstream, kindPath: string, channelsPath: string): Upstream[] {
  const { kind, channels, ...rest } = upstream;
  const kinds = upstreamKinds[kind];
  if (kinds === undefined) {
    const known = Object.keys(upstreamKinds).join(', ');
    const message =
      kind === 'awslambda' ? lambdaAlternatives : `unknown kind of upstream ${JSON.stringify(kind)}; expected ${known}`;
    if (kind !== '') settings.complain(kindPath, message);
    return [];
  }
  const { bridges, problems }: Bridges =
    channels === '' ? { bridges: [], problems: [] } : readBridgeChannels(channels, kinds);
  for (const problem of problems) settings.complain(channelsPath, problem);
  return [{ kind, bridges, ...rest }];
}

function deliveryModeOf(settings: Settings, path: string): 1 | 2 {
  const text = settings.get(path) ?? '1';
  if (text !== '1' && text !== '2')
    settings.complain(path, `expected 1 (not persistent) or 2 (persistent), found ${JSON.stringify(text)}`);
  return text === '2' ? 2 : 1;
}

function paramsOf(settings: Settings, text = defaultWal2jsonParams, path: string) {
  const { parameters, problems } = readWal2jsonParams(text);
  for (const problem of problems) settings.complain(path, problem);
  return parameters;
}

/** A valid sink name for an upstream, which is added to the taken ones, as are the names of its two sinks if it has two. */
function nameOf(upstream: string, taken: Set<string>): string {
  const text = upstream.replace(/[^\w-]/g, '_');
  const wanted = /^[A-Za-z]/.test(text) ? text : `upstream_${text}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}_${number}`;
    const all = [name, ...['exchange', 'queue'].map((kind) => mixedName(name, kind))];
    if (all.some((one) => taken.has(one))) continue;
    for (const one of all) taken.add(one);
    return name;
  }
}

function withCredentials(uri: string, username: string | undefined, password: string | undefined): string {
  if (username === undefined && password === undefined) return uri;
  const credentials = [username ?? '', password ?? ''].map(encodeURIComponent).join(':');
  return uri.replace(/^([a-z]+:\/\/)(?:[^@/]*@)?/, `$1${credentials}@`);
}

function optionsOf(
  uri: string,
  slot: string | undefined,
  upstreams: readonly Upstream[],
  parameters: ReturnType<typeof readWal2jsonParams>['parameters'],
  environment: Environment,
): ProxyOptions {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  const made = upstreams.map((upstream) => upstreamOptions(upstream, parameters, region));
  const channels = [...new Set(upstreams.flatMap(({ bridges }) => bridges.map(({ channel }) => channel)))];
  const notified = channels.filter((channel) => channel !== walChannel);
  const sources = {
    ...(notified.length > 0 && {
      [sourceNames.notify]: { kind: 'channel', channels: notified, framing: 'key' },
      [sourceNames.kept]: { kind: 'durable', channels: notified, framing: 'key', optional: true },
    }),
    ...(channels.includes(walChannel) && {
      [sourceNames.wal]: {
        kind: 'wal',
        create: true,
        transactions: parameters['include-transaction'] !== false || parameters['format-version'] === 1,
        messages: true,
      },
    }),
  };
  const options = {
    classname: 'pgwamp.Proxy',
    extra: {
      name: presence,
      database: { uri },
      presence,
      state: 'auto',
      ...(channels.includes(walChannel) && { slot: slot ?? defaultSlot }),
      sources,
      sinks: Object.assign({}, ...made.map(({ sinks }) => sinks)),
      routes: made.flatMap(({ routes }) => routes),
    },
  };
  return options as ProxyOptions;
}
