import type { Path } from './source-file.ts';

/**
 * What Crossbar.io's configuration has and ours does not, with what we have instead. A path names a key; `*` stands for any
 * index or key. With `=value` at its end it names the element whose key has that value.
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
  'workers.*.components.*.type=wamplet': 'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
  'workers.*.components.*.type=function': 'write a class in JavaScript (type "class", classname "./file.js:Export"), or run it as a guest worker',
  'workers.*.transports.*.type=universal': 'give the worker a transport of type "web" and one of type "rawsocket", each on its own port',
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

/** Something that only Crossbar.io has, found in a configuration. */
export interface ForeignKey {
  readonly path: Path;
  /** A sentence part: what to use instead. */
  readonly instead: string;
}

const patterns = Object.entries(foreign).map(([text, instead]) => {
  const [place = '', value] = text.split('=');
  return { keys: place.split('.'), value, instead };
});

/** Finds everything in a configuration that only Crossbar.io has. */
export function foreignKeys(configuration: unknown): ForeignKey[] {
  return patterns.flatMap(({ keys, value, instead }) =>
    find(configuration, keys, []).flatMap(({ path, found }) => {
      if (value === undefined) return [{ path, instead }];
      return found === value ? [{ path, instead }] : [];
    }),
  );
}

/** A copy of a configuration without what only Crossbar.io has; of an element with a foreign `type` nothing is left. */
export function withoutForeignKeys(configuration: unknown, keys: readonly ForeignKey[]): unknown {
  const removed = keys.map(({ path }) => (path.at(-1) === 'type' ? path.slice(0, -1) : path));
  return copyWithout(configuration, removed);
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

/** The path in the whole configuration of something in the copy without foreign keys, where indexes may be smaller. */
export function originalPath(path: Path, keys: readonly ForeignKey[]): Path {
  const removed = keys.flatMap(({ path: it }) => (it.at(-1) === 'type' ? [it.slice(0, -1)] : []));
  return path.reduce<Path>((above, key) => {
    if (typeof key !== 'number') return [...above, key];
    const gone = removed.filter((it) => it.length === above.length + 1 && above.every((name, index) => it[index] === name));
    const indexes = new Set(gone.map((it) => it.at(-1)));
    let original = 0;
    for (let kept = -1; ; original += 1) {
      if (!indexes.has(original)) kept += 1;
      if (kept === key) return [...above, original];
    }
  }, []);
}
