import type { Path, SourceFile } from './source-file.ts';

const oneProcess = 'a router is one process: run Crossbar.io with several router workers, see docs/crossbar.md';
const otherSerializers = 'use "cbor", "msgpack" or "json"';
const files = 'serve the files by your HTTP server';
const cookies = 'clients authenticate by ticket, WAMP-CRA or cryptosign in every session';

/**
 * Keys of Crossbar.io that pgwamp does not support, with the alternative. A path names a key; `*` matches any index or
 * key, and `[type=web]` after it restricts it to objects of this type. A path with `=value` at its end selects the element whose key has
 * that value.
 */
const foreign: Readonly<Record<string, string>> = {
  'controller.manhole': 'use `node --inspect`, or the admin endpoint (controller.admin)',
  'controller.fabric': 'collect metrics from the admin endpoint (controller.admin)',
  'controller.enable_docker': 'start containers with your container runtime',
  'controller.connections': 'configure the database of each component in extra.database',
  'controller.keyring': 'configure keys where they are used, for example in authentication.cryptosign',
  'controller.options.enable_parallel_worker_start': 'routers start first, and then all other workers together',
  'controller.options.shutdown': 'the node stops on SIGTERM, and when a worker crashes again and again',
  'workers.*.type=proxy': 'give the router worker several transports, or put an HTTP proxy such as nginx in front',
  'workers.*.type=websocket-testee': 'pgwamp has no WebSocket test server',
  'workers.*.type=hostmonitor': 'use the Prometheus node exporter',
  'workers.*.type=marketplace': 'pgwamp has no marketplace',
  'workers.*.type=xbrmm': 'pgwamp has no marketplace',
  'workers.*.manhole': 'use `node --inspect`, or the admin endpoint (controller.admin)',
  'workers.*.connections': 'configure the database of each component in extra.database',
  'workers.*.options.cpu_affinity': 'use CPUAffinity= of systemd, or taskset',
  'workers.*.options.pythonpath': 'pgwamp runs no Python; run a Python component as a guest worker',
  'workers.*.options.python': 'pgwamp runs no Python; run a Python component as a guest worker',
  'workers.*.options.watch': 'send SIGHUP to the node to read its configuration again',
  'workers.*.options.expose_controller': 'use the admin endpoint (controller.admin)',
  'workers.*.options.expose_shared': 'pass values in the configuration (extra)',
  'workers.*.options.vmprof': 'use `node --cpu-prof`',
  'workers.*.realms.*.options.bridge_meta_api': 'components join each realm whose meta API they need',
  'workers.*.realms.*.options.event_dispatching_chunk_size': 'the router sends to many subscribers in one go',
  'workers.*.realms.*.rlinks': oneProcess,
  'workers.*.realms.*.roles.*.permissions.*.validate': 'check arguments in the procedure or the handler',
  ...Object.fromEntries(
    [
      'id',
      'debug',
      ...[
        'allowed_origins',
        'allow_null_origin',
        'apply_mask',
        'auto_fragment_size',
        'auto_ping_restart_on_any_traffic',
        'auto_ping_size',
        'close_handshake_timeout',
        'compression',
        'echo_close_codereason',
        'enable_webstatus',
        'external_port',
        'fail_by_drop',
        'max_frame_size',
        'mask_server_frames',
        'require_masked_client_frames',
        'require_websocket_subprotocol',
        'show_server_version',
        'tcp_nodelay',
        'validate_utf8',
      ].map((option) => `options.${option}`),
    ].map((key) => [`workers.*.components.*.transport.${key}`, 'leave it out, since it would have no effect']),
  ),
  'workers.*.components.*.transport[type=rawsocket].url': 'leave it out, since the endpoint says where the router is',
  'workers.*.components.*.transport.endpoint.version': 'write the address of this version as host',
  'workers.*.components.*.transport.serializer=ubjson': otherSerializers,
  'workers.*.components.*.transport.serializers.*=ubjson': otherSerializers,
  'workers.*.components.*.transport.serializers.*=flatbuffers': otherSerializers,
  'workers.*.components.*.references': 'name what the component needs in its extra',
  'workers.*.components.*.type=wamplet':
    'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
  'workers.*.components.*.type=function':
    'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
  'workers.*.transports.*.max_connections': 'use maxSessions in the limits of the worker',
  'workers.*.transports.*.cookie': cookies,
  'workers.*.transports.*.paths.*.cookie': cookies,
  'workers.*.transports.*.endpoint.portrange': 'name one port',
  'workers.*.transports.*.endpoint.shared': oneProcess,
  'workers.*.transports.*.endpoint.user_timeout': 'use auto_ping_timeout in the options of WebSocket',
  'workers.*.transports.*.endpoint.type=twisted': 'use an endpoint of type "tcp" or "unix"',
  'workers.*.transports.*.endpoint.type=onion': 'let Tor forward to an endpoint of type "tcp"',
  'workers.*.transports.*[type=web].options': 'set these options in your HTTP proxy',
  ...Object.fromEntries(
    ['workers.*.transports.*', 'workers.*.transports.*.paths.*'].flatMap((place) => [
      [`${place}.auth.scram`, 'use wampcra'],
      [`${place}.auth.tls`, 'use cryptosign; endpoint.tls.ca_certificates admits only clients with a certificate'],
      [`${place}.auth.cookie`, cookies],
      [`${place}.auth.cryptosign-proxy`, 'use cryptosign'],
      [`${place}.serializers.*=ubjson`, otherSerializers],
      [`${place}.serializers.*=flatbuffers`, otherSerializers],
      [`${place}.options.max_frame_size`, 'use max_message_size'],
      [`${place}.options.external_port`, 'the router needs no port in its answers'],
      [`${place}.options.enable_flash_policy`, 'browsers have no Flash any more'],
      [`${place}.options.flash_policy`, 'browsers have no Flash any more'],
    ]),
  ),
  'workers.*.transports.*.paths.*[type=static].options': files,
  'workers.*.transports.*.paths.*[type=static].package': 'name the folder in directory',
  'workers.*.transports.*.paths.*[type=static].resource': 'name the folder in directory',
  'workers.*.transports.*.paths.*.type=reverseproxy': 'put your HTTP proxy in front',
  'workers.*.transports.*.paths.*.type=websocket-reverseproxy': 'put your HTTP proxy in front',
  'workers.*.transports.*.type=universal':
    'give the worker a transport of type "web" and one of type "rawsocket", each on its own port',
  'workers.*.transports.*.type=mqtt': 'pgwamp has no MQTT server',
  'workers.*.transports.*.type=flashpolicy': 'browsers have no Flash any more',
  'workers.*.transports.*.type=stream.testee': 'pgwamp has no test server',
  'workers.*.transports.*.paths.*.type=wsgi': 'run the application as a guest worker behind your HTTP proxy',
  'workers.*.transports.*.paths.*.type=redirect': 'redirect in your HTTP proxy',
  'workers.*.transports.*.paths.*.type=resource': 'serve it from a guest worker behind your HTTP proxy',
  'workers.*.transports.*.paths.*.type=cgi': 'run the program as a guest worker behind your HTTP proxy',
  'workers.*.transports.*.paths.*.type=longpoll': 'use WebSocket (type "websocket")',
  'workers.*.transports.*.paths.*.type=upload': 'upload to your own HTTP server',
  'workers.*.transports.*.paths.*.type=webhook': 'use a path of type "publisher"',
  'workers.*.transports.*.paths.*.type=json': 'serve a file with a path of type "static"',
  'workers.*.transports.*.paths.*.type=path': 'write the whole path as one key: "api/publish"',
  'workers.*.transports.*.paths.*.type=schemadoc': 'pgwamp has no schema documents',
};

/** A key in a configuration that only Crossbar.io supports. */
export interface ForeignKey {
  readonly path: Path;
  /** The alternative, as a part of a sentence. */
  readonly instead: string;
}

const patterns = Object.entries(foreign).map(([text, instead]) => {
  const [, place = '', value] = /^(.+?)(?:=([\w.-]+))?$/.exec(text) ?? [];
  return { keys: place.split('.'), value, instead };
});

/** Finds all keys in a configuration that only Crossbar.io supports. */
export function foreignKeys(configuration: unknown): ForeignKey[] {
  return patterns.flatMap(({ keys, value, instead }) =>
    find(configuration, keys, []).flatMap(({ path, found }) => {
      if (value === undefined) return [{ path, instead }];
      return found === value ? [{ path, instead }] : [];
    }),
  );
}

function find(value: unknown, [key, ...rest]: readonly string[], path: Path): { path: Path; found: unknown }[] {
  if (key === undefined) return [{ path, found: value }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const [, wanted = key, type] = /^(.+)\[type=(\w+)\]$/.exec(key) ?? [];
  const matching = entries
    .filter(([name]) => wanted === '*' || name === wanted)
    .filter(([, inner]) => type === undefined || (inner as { type?: unknown } | null)?.type === type);
  return matching.flatMap(([name, inner]) => find(inner, rest, [...path, name]));
}

function copyWithout(value: unknown, removed: readonly Path[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const below = (name: PropertyKey) => removed.filter(([first]) => first === name).map((path) => path.slice(1));
  const isKept = (name: PropertyKey) => !below(name).some((path) => path.length === 0);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => (isKept(index) ? [copyWithout(item, below(index))] : []));
  }
  const entries = Object.entries(value).filter(([name]) => isKept(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, copyWithout(inner, below(name))]));
}

/** A file without its foreign keys; positions still refer to the original file. */
export function withoutForeign(source: SourceFile, keys: readonly ForeignKey[]): SourceFile {
  const removed = keys.map(removedPath);
  return {
    file: source.file,
    value: copyWithout(source.value, removed),
    original: (path) => originalPath(path, removed),
    valueAt: (path) => source.valueAt(originalPath(path, removed)),
    keyAt: (path) => source.keyAt(originalPath(path, removed)),
  };
}

/** An element with a foreign `type` is removed as a whole. */
function removedPath({ path }: ForeignKey): Path {
  return path.at(-1) === 'type' ? path.slice(0, -1) : path;
}

/** The path in the original of a value in the copy, where later elements of a list have moved up. */
function originalPath(path: Path, removed: readonly Path[]): Path {
  const original: PropertyKey[] = [];
  for (const key of path) {
    const isSibling = (it: Path) =>
      it.length === original.length + 1 && original.every((name, index) => it[index] === name);
    const gone = new Set(removed.filter(isSibling).map((it) => it.at(-1)));
    let moved = key;
    // Each removed element before or at its index has moved it by one.
    if (typeof moved === 'number') for (let index = 0; index <= moved; index += 1) if (gone.has(index)) moved += 1;
    original.push(moved);
  }
  return original;
}
