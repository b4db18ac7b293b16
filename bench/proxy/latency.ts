import { setTimeout as sleep } from 'node:timers/promises';
import { startMosquitto, startProcess } from '@pgwamp/harness';
import { connectAsync } from 'mqtt';
import { type BenchDatabase, databaseConfiguration } from '../database.ts';
import { type Figure, percentile } from '../report.ts';
import { openProxyDatabase, startProxy } from './stage.ts';

const control = new URL('../processes/broker-load.ts', import.meta.url).pathname;
const samples = 3000;
const perSecond = 500;

/**
 * From the statement to the consumer of a broker of MQTT, 500 rows a second, each a transaction: by a Proxy that reads the log, against
 * a trigger with NOTIFY and the naive loop. Both deliver to the same broker, one after the other. The broker sets TCP_NODELAY: by default
 * mosquitto holds a message for its consumer back until TCP acknowledges the one before, now and then 40 ms later.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using broker = await startMosquitto(['allow_anonymous true', 'set_tcp_nodelay true']);
  const { port } = broker;
  const naive = await measure(port, async (bench) => {
    await bench.connection.query(
      `CREATE FUNCTION notify_order() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_notify('orders', to_jsonb(NEW)::text); RETURN NEW; END $$;
       CREATE TRIGGER notify AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION notify_order()`,
    );
    const options = { kind: 'mqtt', port, count: samples, database: databaseConfiguration(bench), announce: true };
    const process = await startProcess(control, { args: [JSON.stringify(options)] });
    await process.waitFor({ listening: true });
    return process;
  });
  const proxy = await measure(port, async (bench) => {
    const process = await startProxy(bench, { kind: 'mqtt', uri: `mqtt://127.0.0.1:${port}` }, samples * 2);
    await process.waitFor({ running: true });
    return process;
  });
  const [naiveMedian, proxyMedian] = [percentile(naive, 0.5), percentile(proxy, 0.5)];
  return [
    { what: 'trigger, NOTIFY, naive loop: p50', value: naiveMedian, unit: 'ms' },
    { what: 'trigger, NOTIFY, naive loop: p99', value: percentile(naive, 0.99), unit: 'ms' },
    { what: 'Proxy: p50', value: proxyMedian, unit: 'ms' },
    { what: 'Proxy: p99', value: percentile(proxy, 0.99), unit: 'ms' },
    { what: 'Proxy: p50 above that of the naive loop', value: proxyMedian - naiveMedian, unit: 'ms', atMost: 0.3 },
  ];
}

async function measure(port: number, start: (bench: BenchDatabase) => Promise<AsyncDisposable>): Promise<number[]> {
  await using bench = await openProxyDatabase();
  await using _process = await start(bench);
  const consumer = await connectAsync(`mqtt://127.0.0.1:${port}`);
  const [sent, times] = [new Map<string, number>(), [] as number[]];
  consumer.on('message', (_, message) => {
    const { row, item = row.item } = JSON.parse(String(message));
    times.push(performance.now() - (sent.get(item) ?? Number.NaN));
  });
  await consumer.subscribeAsync('orders', { qos: 0 });
  const begin = performance.now();
  for (let sample = 0; sample < samples; sample += 1) {
    const due = begin + (sample * 1000) / perSecond - performance.now();
    if (due > 1) await sleep(due);
    sent.set(String(sample), performance.now());
    await bench.connection.query({
      name: 'insert',
      text: 'INSERT INTO orders (item) VALUES ($1)',
      values: [String(sample)],
    });
  }
  while (times.length < samples) await sleep(10);
  await consumer.endAsync();
  return times.slice(samples / 10);
}
