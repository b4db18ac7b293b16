import type { RunningProcess } from '@pgwamp/harness';
import { type BenchDatabase, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { startListening, startLoad, subjects } from './subjects.ts';

const count = 200_000;
const perTransaction = 1000;
const rounds = 3;
const filler = 'x'.repeat(190);

/** Notifications of 200 bytes, 1,000 in a transaction, to one socket in another process; against a process that only LISTENs. */
export async function throughput(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const rates = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    {
      await using listening = await startListening(bench, count);
      add(rates, 'raw LISTEN', await rateOf(bench, listening));
    }
    for (const open of subjects(bench)) {
      await using subject = await open();
      await using load = await startLoad(subject, { sockets: 1, frames: count });
      add(rates, subject.name, await rateOf(bench, load));
    }
  }
  const of = (name: string) => median(rates.get(name) ?? []);
  const controls = [...rates.keys()].map((name) => ({ what: name, value: of(name), unit: '/s' }));
  return [
    ...controls,
    { what: 'pgwamp, of raw LISTEN', value: of('pgwamp') / of('raw LISTEN'), unit: '×', atLeast: 0.7 },
    { what: 'pgwamp, of plain ws + pg', value: of('pgwamp') / of('plain ws + pg'), unit: '×' },
    ...(rates.has('pg_eventserv')
      ? [{ what: 'pgwamp, of pg_eventserv', value: of('pgwamp') / of('pg_eventserv'), unit: '×', atLeast: 1.5 }]
      : []),
  ];
}

function add(rates: Map<string, number[]>, name: string, rate: number): void {
  rates.set(name, [...(rates.get(name) ?? []), rate]);
}

async function rateOf({ connection }: BenchDatabase, receiver: RunningProcess): Promise<number> {
  const start = performance.timeOrigin + performance.now();
  for (let first = 1; first <= count; first += perTransaction) {
    await connection.query(
      `SELECT count(pg_notify('bench', lpad(i::text, 10, '0') || $1)) FROM generate_series($2::int, $3::int) AS i`,
      [filler, first, first + perTransaction - 1],
    );
  }
  const { at } = await receiver.waitFor((message) => 'at' in message, 120_000);
  return (count / ((at as number) - start)) * 1000;
}
