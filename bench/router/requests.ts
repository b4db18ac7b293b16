import { type Figure, percentile } from '../report.ts';
import type { Format } from './load/encode.ts';
import { inTurn } from './rounds.ts';
import { runLoad, type Subject, startControl, startSubject } from './subject.ts';

type Kind = 'acknowledged' | 'calls' | 'echo';

function load(kind: Kind, { url }: Subject, format: Format, count: number, inFlight: number) {
  return () => runLoad({ kind, url, format, count, inFlight });
}

/** Publications per second with acknowledgement, 100 at a time, to a topic that nobody has subscribed to. */
export async function acknowledged(): Promise<readonly Figure[]> {
  await using router = await startSubject();
  await using crossbar = await startControl();
  const found = await inTurn({
    json: load('acknowledged', router, 'json', 100_000, 100),
    msgpack: load('acknowledged', router, 'msgpack', 100_000, 100),
    cbor: load('acknowledged', router, 'cbor', 100_000, 100),
    crossbar: load('acknowledged', crossbar, 'json', 5000, 100),
  });
  return [
    { what: 'JSON', value: found.json, unit: '/s' },
    { what: 'MessagePack', value: found.msgpack, unit: '/s' },
    { what: 'CBOR', value: found.cbor, unit: '/s' },
    { what: 'Crossbar.io, JSON', value: found.crossbar, unit: '/s' },
    { what: 'JSON, of Crossbar.io', value: found.json / found.crossbar, unit: '×' },
  ];
}

/** Calls per second. A call is two hops to the router and back, so two echoes are what sockets and frames allow. */
export async function calls(): Promise<readonly Figure[]> {
  await using router = await startSubject();
  await using crossbar = await startControl();
  await using echo = await startSubject({ echo: true });
  const found = await inTurn({
    json: load('calls', router, 'json', 15_000, 1),
    echo: load('echo', echo, 'json', 30_000, 1),
    msgpack: load('calls', router, 'msgpack', 15_000, 1),
    cbor: load('calls', router, 'cbor', 15_000, 1),
    crossbar: load('calls', crossbar, 'json', 1000, 1),
    json64: load('calls', router, 'json', 60_000, 64),
    msgpack64: load('calls', router, 'msgpack', 60_000, 64),
    cbor64: load('calls', router, 'cbor', 60_000, 64),
    crossbar64: load('calls', crossbar, 'json', 4000, 64),
  });
  return [
    { what: 'one at a time: JSON', value: found.json, unit: '/s' },
    { what: 'one at a time: MessagePack', value: found.msgpack, unit: '/s' },
    { what: 'one at a time: CBOR', value: found.cbor, unit: '/s' },
    { what: 'one at a time: Crossbar.io, JSON', value: found.crossbar, unit: '/s' },
    { what: 'one at a time: two echoes of ws', value: found.echo / 2, unit: '/s' },
    { what: 'one at a time: JSON, of Crossbar.io', value: found.json / found.crossbar, unit: '×', atLeast: 10 },
    { what: 'one at a time: JSON, of two echoes', value: found.json / (found.echo / 2), unit: '×', atLeast: 0.6 },
    { what: '64 at a time: JSON', value: found.json64, unit: '/s' },
    { what: '64 at a time: MessagePack', value: found.msgpack64, unit: '/s' },
    { what: '64 at a time: CBOR', value: found.cbor64, unit: '/s' },
    { what: '64 at a time: Crossbar.io, JSON', value: found.crossbar64, unit: '/s' },
    { what: '64 at a time: JSON, of Crossbar.io', value: found.json64 / found.crossbar64, unit: '×', atLeast: 12 },
  ];
}

/** From a CALL to its RESULT, one at a time. */
export async function latency(): Promise<readonly Figure[]> {
  await using router = await startSubject();
  await using crossbar = await startControl();
  const subjects = { 'this router': [router, 15_000], 'Crossbar.io': [crossbar, 2000] } as const;
  const figures: Figure[] = [];
  for (const [name, [subject, count]] of Object.entries(subjects)) {
    const { latencies } = await load('calls', subject, 'json', count, 1)();
    const settled = latencies.slice(latencies.length / 10);
    figures.push({ what: `${name}, p50`, value: percentile(settled, 0.5), unit: 'ms' });
    figures.push({ what: `${name}, p99`, value: percentile(settled, 0.99), unit: 'ms' });
  }
  return figures;
}
