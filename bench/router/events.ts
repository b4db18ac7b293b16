import type { Figure } from '../report.ts';
import type { Format } from './load/encode.ts';
import { inTurn } from './rounds.ts';
import { runLoad, startControl, startSubject } from './subject.ts';

const topicOf =
  (url: string, format: Format, load: { subscribers: number; publications: number; window: number }) => () =>
    runLoad({ kind: 'events', url, format, ...load });

const toOne = { subscribers: 1, publications: 300_000, window: 2000 };
const toHundred = { subscribers: 100, publications: 5000, window: 50 };
const toThousands = { subscribers: 5000, publications: 100, window: 2 };
// Less work for what takes longer, so that each takes about as long as the other.
const controlToOne = { ...toOne, publications: 8000 };
const controlToHundred = { ...toHundred, publications: 150 };

/** EVENT messages per second, as they arrive at the subscribers. Publisher and subscribers share a process. */
export async function events(): Promise<readonly Figure[]> {
  await using router = await startSubject();
  await using crossbar = await startControl();
  await using echo = await startSubject({ echo: true });
  const { url } = router;
  const found = await inTurn({
    json: topicOf(url, 'json', toOne),
    msgpack: topicOf(url, 'msgpack', toOne),
    cbor: topicOf(url, 'cbor', toOne),
    crossbar: topicOf(crossbar.url, 'json', controlToOne),
    echo: () => runLoad({ kind: 'echo', url: echo.url, format: 'json', count: 300_000, inFlight: 2000 }),
    jsonHundred: topicOf(url, 'json', toHundred),
    msgpackHundred: topicOf(url, 'msgpack', toHundred),
    cborHundred: topicOf(url, 'cbor', toHundred),
    crossbarHundred: topicOf(crossbar.url, 'json', controlToHundred),
    jsonThousands: topicOf(url, 'json', toThousands),
    msgpackThousands: topicOf(url, 'msgpack', toThousands),
    cborThousands: topicOf(url, 'cbor', toThousands),
  });
  return [
    { what: '1 to 1: JSON', value: found.json, unit: '/s' },
    { what: '1 to 1: MessagePack', value: found.msgpack, unit: '/s' },
    { what: '1 to 1: CBOR', value: found.cbor, unit: '/s' },
    { what: '1 to 1: Crossbar.io, JSON', value: found.crossbar, unit: '/s' },
    { what: '1 to 1: a server of ws that sends back', value: found.echo, unit: '/s' },
    { what: '1 to 1: JSON, of Crossbar.io', value: found.json / found.crossbar, unit: '×', atLeast: 20 },
    { what: '1 to 100: JSON', value: found.jsonHundred, unit: '/s' },
    { what: '1 to 100: MessagePack', value: found.msgpackHundred, unit: '/s' },
    { what: '1 to 100: CBOR', value: found.cborHundred, unit: '/s' },
    { what: '1 to 100: Crossbar.io, JSON', value: found.crossbarHundred, unit: '/s' },
    { what: '1 to 100: JSON, of Crossbar.io', value: found.jsonHundred / found.crossbarHundred, unit: '×' },
    { what: '1 to 5,000: JSON', value: found.jsonThousands, unit: '/s' },
    { what: '1 to 5,000: MessagePack', value: found.msgpackThousands, unit: '/s' },
    { what: '1 to 5,000: CBOR', value: found.cborThousands, unit: '/s' },
  ];
}
