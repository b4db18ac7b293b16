import { existsSync } from 'node:fs';
import { type Connection, crossbarPython } from '@pgwamp/harness';
import type { Figure } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { inTurn } from '../router/rounds.ts';
import { callFromNode } from './backends.ts';
import { byHttp } from './by-http.ts';
import { connectWarm, openCallerStage, openControl, procedure } from './stage.ts';

const count = 10_001;
const rounds = 5;

/** Calls of a trivial callee in one SELECT: by the Caller, and over a link that answers at once, without WAMP. */
export async function calls(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  await using embedded = await connectWarm(stage.embedded);
  await using bare = await connectWarm(stage.bare);
  const found = await inTurn(
    { caller: () => select(caller), embedded: () => select(embedded), bare: () => select(bare) },
    { rounds },
  );
  return [
    { what: '10,001 calls in one SELECT', value: count / found.caller, unit: 's' },
    { what: 'with the router in the process of the Caller', value: count / found.embedded, unit: 's' },
    { what: 'over a link that answers at once', value: count / found.bare, unit: 's' },
    { what: 'time, of the link that answers at once', value: found.bare / found.caller, unit: '×', atMost: 4 },
    { what: 'the same, with the router in that process', value: found.bare / found.embedded, unit: '×', atMost: 4 },
  ];
}

/** The same number of calls by `crossbar.call_each`, of those by `crossbar.call`, and of a session in Node with as many in flight. */
export async function each(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  const found = await inTurn(
    { each: () => selectEach(caller), call: () => select(caller), node: () => callFromNode(stage.router.url, 64) },
    { rounds, warm: 2 },
  );
  return [
    { what: '10,001 calls by one crossbar.call_each', value: count / found.each, unit: 's', atMost: 0.5 },
    { what: 'faster than by crossbar.call', value: found.each / found.call, unit: '×', atLeast: 20 },
    { what: 'of a session in Node with 64 in flight', value: found.each / found.node, unit: '×', atLeast: 0.5 },
  ];
}

/** The same against HTTP: calls by the bridge of this router and, where it is installed, by that of Crossbar.io. */
export async function http(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  await using embedded = await connectWarm(stage.embedded);
  await using control = existsSync(crossbarPython) ? await openControl() : undefined;
  const { client, call } = await byHttp(stage.caller.connection);
  const measure = {
    caller: () => select(caller),
    embedded: () => select(embedded),
    own: () => call(stage.router, 2001),
    ...(control && { crossbar: () => call(control, 501) }),
  };
  const found: Readonly<Record<string, number>> = await inTurn<string>(measure, { rounds });
  const { own = 0, crossbar } = found;
  return [
    { what: 'crossbar.call', value: 1e6 / (found.caller ?? 0), unit: 'µs' },
    { what: 'with the router in the process of the Caller', value: 1e6 / (found.embedded ?? 0), unit: 'µs' },
    ...against('the HTTP bridge of this router', client, own, found),
    ...(crossbar === undefined ? [] : against('the HTTP bridge of Crossbar.io', client, crossbar, found)),
  ];
}

function against(bridge: string, client: string, slow: number, found: Readonly<Record<string, number>>): Figure[] {
  const { caller = 0, embedded = 0 } = found;
  return [
    { what: `by ${bridge}, from ${client}`, value: 1e6 / slow, unit: 'µs' },
    { what: `faster than by ${bridge}`, value: caller / slow, unit: '×', atLeast: 10 },
    { what: 'the same, with the router in that process', value: embedded / slow, unit: '×', atLeast: 10 },
  ];
}

async function selectEach(connection: Connection): Promise<Answered> {
  const start = performance.now();
  await connection.query(
    `SELECT count(result) FROM crossbar.call_each('${procedure}', array_fill('[2, 3]'::jsonb, ARRAY[$1::int]))`,
    [count],
  );
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies: [] };
}

async function select(connection: Connection): Promise<Answered> {
  const start = performance.now();
  await connection.query(`SELECT count(crossbar.call('${procedure}', '[2, 3]')) FROM generate_series(1, $1::int)`, [
    count,
  ]);
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies: [] };
}
