import { existsSync } from 'node:fs';
import { type Connection, crossbarPython } from '@pgwamp/harness';
import type { Figure } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { inTurn } from '../router/rounds.ts';
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
    { what: 'the same, with the router in that process', value: found.bare / found.embedded, unit: '×' },
  ];
}

/** The same against HTTP: calls by the bridge of this router and, where it is installed, by that of Crossbar.io. */
export async function http(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  await using control = existsSync(crossbarPython) ? await openControl() : undefined;
  const { client, call } = await byHttp(stage.caller.connection);
  const measure = {
    caller: () => select(caller),
    own: () => call(stage.router, 2001),
    ...(control && { crossbar: () => call(control, 501) }),
  };
  const found: Readonly<Record<string, number>> = await inTurn<string>(measure, { rounds });
  const { caller: sql = 0, own = 0, crossbar } = found;
  return [
    { what: 'crossbar.call', value: 1e6 / sql, unit: 'µs' },
    { what: `by the HTTP bridge, from ${client}`, value: 1e6 / own, unit: 'µs' },
    { what: 'faster than by the HTTP bridge', value: sql / own, unit: '×', atLeast: 10 },
    ...(crossbar === undefined ? [] : againstCrossbar(sql, crossbar)),
  ];
}

function againstCrossbar(caller: number, crossbar: number): readonly Figure[] {
  return [
    { what: 'by the HTTP bridge of Crossbar.io', value: 1e6 / crossbar, unit: 'µs' },
    { what: 'faster than by that of Crossbar.io', value: caller / crossbar, unit: '×', atLeast: 10 },
  ];
}

async function select(connection: Connection): Promise<Answered> {
  const start = performance.now();
  await connection.query(`SELECT count(crossbar.call('${procedure}', '[2, 3]')) FROM generate_series(1, $1::int)`, [
    count,
  ]);
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies: [] };
}
