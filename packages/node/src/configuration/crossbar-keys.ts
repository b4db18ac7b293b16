import type { Path, SourceFile } from './source-file.ts';

/**
 * Keys of Crossbar.io that pgwamp does not support, with the alternative. A path names a key; `*` matches any index or
 * key. A path with `=value` at its end selects the element whose key has that value.
 */
const foreign: Readonly<Record<string, string>> = {
  'controller.manhole': 'use `node --inspect`, or the admin endpoint (controller.admin)',
  'controller.fabric': 'collect metrics from the admin endpoint (controller.admin)',
  'controller.enable_docker': 'start containers with your container runtime',
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
  'workers.*.components.*.type=wamplet':
    'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
  'workers.*.components.*.type=function':
    'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
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
  const [place = '', value] = text.split('=');
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
  const matching = entries.filter(([name]) => key === '*' || name === key);
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
