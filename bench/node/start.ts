import { join } from 'node:path';
import { residentBytes, startProcess } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { type ImportCost, importCosts } from '../../test/packages/import-cost.ts';
import { installByNpm, type Project, packAll } from '../../test/packages/tarballs.ts';
import { databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';

/** Another executable of Node.js to measure with. */
const executable = process.env.OTHER_NODE;
const rounds = 9;

/** Says when the two drivers have connected. */
const driversProgram = `
  import { once } from 'node:events';
  import pg from 'pg';
  import { WebSocket } from 'ws';
  const { database, url } = JSON.parse(process.argv[2]);
  const [client, socket] = [new pg.Client(database), new WebSocket(url, 'wamp.2.json')];
  await Promise.all([client.connect(), once(socket, 'open')]);
  console.log(JSON.stringify({ msg: 'connected' }));
`;

/**
 * The published packages, as npm installs them: from the start of `pgwamp start`, with a router and a Publisher whose
 * schema is installed, until the node is ready; the memory of the Publisher's process; the import. The controls are an
 * empty program, and one that connects the drivers for PostgreSQL and WebSockets. Compiled code is cached.
 */
export async function start(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  await using router = createRouter({ realms: ['realm1'] });
  const { url } = await router.listen();
  await using tarballs = await packAll();
  await using project = await installByNpm(tarballs, ['pg', 'ws']);
  const database = databaseConfiguration(bench);
  await project.write('empty.mjs', '');
  await project.write('drivers.mjs', driversProgram);
  await project.write('config.json', JSON.stringify(nodeOf(join(project.folder, 'router.sock'), database)));
  const empty: number[] = [];
  const [drivers, node]: [Started[], Started[]] = [[], []];
  // The first round fills the caches.
  for (let round = 0; round <= rounds; round += 1) {
    const found = [
      await runEmpty(project),
      await startDrivers(project, { database, url }),
      await startNode(project),
    ] as const;
    if (round === 0) continue;
    empty.push(found[0]);
    drivers.push(found[1]);
    node.push(found[2]);
  }
  const medianOf = (list: readonly Started[], what: keyof Started) => median(list.map((it) => it[what]));
  const [theirs, ours] = [medianOf(drivers, 'milliseconds'), medianOf(node, 'milliseconds')];
  const [theirMemory, ourMemory] = [medianOf(drivers, 'memory'), medianOf(node, 'memory')];
  return [
    { what: 'an empty program, until it has ended', value: median(empty), unit: 'ms' },
    { what: 'pg and ws, until both have connected', value: theirs, unit: 'ms' },
    { what: 'pgwamp start, until the node is ready', value: ours, unit: 'ms', atMost: 800 },
    { what: 'pgwamp start, of pg and ws', value: ours / theirs, unit: '×' },
    { what: 'resident memory of the process with pg and ws', value: theirMemory, unit: 'MB' },
    { what: 'resident memory of the process of the Publisher', value: ourMemory, unit: 'MB', atMost: 70 },
    { what: 'memory of the Publisher, of pg and ws', value: ourMemory / theirMemory, unit: '×' },
    ...figuresOfImport(await importCosts(project, executable)),
  ];
}

function figuresOfImport({ pgwamp, control }: { pgwamp: ImportCost; control: ImportCost }): readonly Figure[] {
  return [
    { what: "import 'pg' and 'ws'", value: control.time, unit: 'ms' },
    { what: "import 'pgwamp'", value: pgwamp.time, unit: 'ms', atMost: 150 },
    { what: "import 'pgwamp', of 'pg' and 'ws'", value: pgwamp.time / control.time, unit: '×' },
  ];
}

/** A router at a unix socket, so that no port has to be free, and a Publisher in a process of its own. */
function nodeOf(path: string, database: object): object {
  const endpoint = { type: 'unix', path };
  const publisher = {
    type: 'class',
    classname: 'pgwamp.Publisher',
    realm: 'realm1',
    transport: { type: 'rawsocket', endpoint, serializer: 'json' },
    extra: { database },
  };
  const router = {
    type: 'router',
    realms: [{ name: 'realm1', roles: [{ name: 'anonymous', permissions: [{ uri: '*', allow: { publish: true } }] }] }],
    transports: [{ type: 'rawsocket', endpoint, serializers: ['json'] }],
  };
  return { version: 2, workers: [router, { type: 'container', id: 'publisher', components: [publisher] }] };
}

interface Started {
  readonly milliseconds: number;
  /** In MB; 0 where the system does not tell. */
  readonly memory: number;
}

function run({ folder }: Project, file: string, ...args: string[]) {
  const env = { NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: join(folder, 'cache') };
  return startProcess(join(folder, file), { executable, args, env, cwd: folder });
}

async function runEmpty(project: Project): Promise<number> {
  const begin = performance.now();
  await using process = await run(project, 'empty.mjs');
  await process.exited;
  return performance.now() - begin;
}

async function startDrivers(project: Project, options: object): Promise<Started> {
  const begin = performance.now();
  await using process = await run(project, 'drivers.mjs', JSON.stringify(options));
  await process.waitFor({ msg: 'connected' });
  return { milliseconds: performance.now() - begin, memory: await memoryOf(process.pid) };
}

async function startNode(project: Project): Promise<Started> {
  const begin = performance.now();
  const args = ['start', '--config', 'config.json', '--log-format', 'json'];
  await using node = await run(project, 'node_modules/pgwamp/dist/cli/pgwamp.js', ...args);
  await node.waitFor({ msg: 'node is ready' });
  const milliseconds = performance.now() - begin;
  const { process } = await node.waitFor({ msg: 'process started', worker: 'publisher' });
  const memory = await memoryOf(process as number);
  node.kill('SIGTERM');
  await node.exited;
  return { milliseconds, memory };
}

async function memoryOf(pid: number): Promise<number> {
  return ((await residentBytes(pid))?.current ?? 0) / 1e6;
}
