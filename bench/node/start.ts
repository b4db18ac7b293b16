import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentBytes, startProcess } from '@pgwamp/harness';
import { databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';

const command = new URL('../../packages/node/src/cli/pgwamp.ts', import.meta.url).pathname;
const rounds = 5;

/** From the start of `pgwamp start`, with a router and a Publisher whose schema is installed, until the node is ready; compiled code is cached. */
export async function start(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  await using folder = await mkdtempDisposable(join(tmpdir(), 'pgwamp-bench-'));
  const config = join(folder.path, 'config.json');
  const path = join(folder.path, 'router.sock');
  await writeFile(config, JSON.stringify(nodeOf(path, databaseConfiguration(bench))));
  await startOnce(config);
  const found: Started[] = [];
  for (let round = 0; round < rounds; round += 1) found.push(await startOnce(config));
  const [seconds, memory] = [found.map((it) => it.seconds), found.map((it) => it.memory)].map(median) as [
    number,
    number,
  ];
  return [
    { what: 'pgwamp start, until the node is ready', value: seconds, unit: 's', atMost: 0.8 },
    { what: 'resident memory of the process of the Publisher', value: memory, unit: 'MB', atMost: 70 },
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
  readonly seconds: number;
  /** Of the Publisher's process, in MB; 0 where the system does not tell. */
  readonly memory: number;
}

async function startOnce(config: string): Promise<Started> {
  const begin = performance.now();
  await using node = await startProcess(command, { args: ['start', '--config', config, '--log-format', 'json'] });
  await node.waitFor({ msg: 'node is ready' });
  const seconds = (performance.now() - begin) / 1000;
  const { process } = await node.waitFor({ msg: 'process started', worker: 'publisher' });
  const memory = await residentBytes(process as number);
  node.kill('SIGTERM');
  await node.exited;
  return { seconds, memory: (memory?.current ?? 0) / 1e6 };
}
