import { type Connection, startProcess } from '@pgwamp/harness';
import type { Answered } from '../router/load/requests.ts';
import type { Subject } from '../router/subject.ts';
import { procedure } from './stage.ts';

const httpProcess = new URL('../processes/http-load.ts', import.meta.url).pathname;

/** A caller over HTTP bridges: sequential calls over one connection. */
export interface ByHttp {
  readonly client: string;
  readonly call: (router: Subject, count: number) => Promise<Answered>;
}

/** From PL/Python, as it was done before there was a Caller; from Node where this PostgreSQL has no Python. */
export async function byHttp(connection: Connection): Promise<ByHttp> {
  const client = await connection.query(definition).then(
    () => 'PL/Python',
    () => 'Node, for want of PL/Python',
  );
  if (client === 'PL/Python') return { client, call: (router, count) => fromPython(connection, router, count) };
  return { client, call: fromNode };
}

/** In one SELECT, as the Caller is measured. */
async function fromPython(connection: Connection, { bridge }: Subject, count: number): Promise<Answered> {
  const call = `SELECT count(call_by_http($1, '${procedure}', '[2, 3]')) FROM generate_series(1, $2::int)`;
  await connection.query(call, [bridge, 1]);
  const start = performance.now();
  await connection.query(call, [bridge, count]);
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies: [] };
}

async function fromNode({ bridge }: Subject, count: number): Promise<Answered> {
  await using process = await startProcess(httpProcess, { args: [JSON.stringify({ bridge, procedure, count })] });
  return (await process.waitFor({ done: true }, 120_000)) as unknown as Answered;
}

const definition = `
  CREATE EXTENSION IF NOT EXISTS plpython3u;
  CREATE OR REPLACE FUNCTION call_by_http(bridge text, procedure text, arguments jsonb) RETURNS jsonb LANGUAGE plpython3u AS $$
    import http.client, json, urllib.parse
    url = urllib.parse.urlsplit(bridge)
    if bridge not in SD:
        SD[bridge] = http.client.HTTPConnection(url.hostname, url.port)
    body = json.dumps({'procedure': procedure, 'args': json.loads(arguments)})
    def ask():
        SD[bridge].request('POST', url.path, body, {'Content-Type': 'application/json'})
        return json.loads(SD[bridge].getresponse().read())
    try:
        answer = ask()
    except (OSError, http.client.HTTPException):
        # The server has closed it meanwhile, as it does with connections on which nothing happens.
        SD[bridge].close()
        answer = ask()
    return json.dumps(answer['args'][0])
  $$;`;
