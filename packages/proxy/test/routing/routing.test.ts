import type { SessionPool } from '@pgwamp/core/internal/postgres';
import { expect } from 'chai';
import type * as z from 'zod';
import { routeOptions } from '../../src/routing/route-options.ts';
import { createRouting, type Routed } from '../../src/routing/routing.ts';
import type { SourceMessage } from '../../src/sources/source-message.ts';
import { channelMessage, insertMessage, textTable, truncateMessage } from '../support/source-messages.ts';

type RouteInput = z.input<typeof routeOptions>;

const context = {
  query: () => Promise.reject(new Error('nothing has to be looked up')),
  pool: undefined as unknown as SessionPool,
  login: 'crossbar',
  name: 'proxy',
  database: 'db',
  version: '1',
  limit: 1_000_000,
  sources: { rows: { kind: 'wal' }, channels: { kind: 'channel' } },
  sinks: { broker: { kind: 'amqp' }, other: { kind: 'mqtt' } },
  functions: new Map(),
};

async function routed(
  routes: readonly Partial<RouteInput>[],
  ...messages: readonly SourceMessage[]
): Promise<readonly Routed[]> {
  const all = routes.map((route) => routeOptions.parse({ from: 'rows', to: 'broker', ...route }));
  return createRouting(all, context).route(messages);
}

const orders = textTable('shop', 'orders', 'id', 'tenant');
const people = textTable('public', 'people', 'id');

describe('Routing', () => {
  it('sends a change to the sinks of the routes that match table and action, in order', async () => {
    const routes = [
      { tables: ['shop.*'], destination: 'a', key: '{schema}.{table}.{action}' },
      { tables: ['*.people', 'shop.orders'], to: 'other', destination: 'b' },
      { actions: ['delete' as const], destination: 'c' },
    ];
    const messages = await routed(routes, insertMessage(orders, '1', 'acme'), insertMessage(people, '2'));
    expect(
      messages.map(({ sink, message: { destination, key, orderKey } }) => ({ sink, destination, key, orderKey })),
    ).to.deep.equal([
      { sink: 'broker', destination: 'a', key: 'shop.orders.insert', orderKey: 'shop.orders\n1' },
      { sink: 'other', destination: 'b', key: '1', orderKey: 'shop.orders\n1' },
      { sink: 'other', destination: 'b', key: '2', orderKey: 'public.people\n2' },
    ]);
  });

  it('sends the text of a notification unchanged, with the values of the templates', async () => {
    const routes = [{ from: 'channels', channels: ['orders.*'], destination: 'x.{channel}', headers: { k: '{key}' } }];
    const [one, ...others] = await routed(
      routes,
      channelMessage('orders.new', '{"a": 1}', 'k'),
      channelMessage('people', 'x'),
    );
    expect(others).to.deep.equal([]);
    expect(one?.message).to.deep.include({
      destination: 'x.orders.new',
      key: 'k',
      payload: '{"a": 1}',
      size: 8,
      contentType: 'application/json',
      headers: { k: 'k' },
    });
  });

  it('creates a message with its own id for each table of a TRUNCATE', async () => {
    const messages = await routed([{ destination: '{table}' }], truncateMessage(orders, people));
    expect(messages.map(({ message: { id, destination } }) => [id, destination])).to.deep.equal([
      ['0/1/0', 'orders'],
      ['0/1/0/1', 'people'],
    ]);
  });

  it('give each message that a sink gets for a change its own id, since brokers drop repeats', async () => {
    const all = [
      { destination: 'a' },
      { to: 'other', destination: 'b' },
      { destination: 'a', format: 'debezium' as const },
    ];
    const insert = insertMessage(orders, '1', 'acme');
    const truncation = { ...truncateMessage(orders, people), id: '0/2/0' };
    const messages = await routed(all, insert, { ...insert }, truncation);
    const idsOf = (name: string) => messages.flatMap(({ sink, message }) => (sink === name ? [message.id] : []));
    expect(idsOf('broker')).to.deep.equal([
      ...['0/1/0', '0/1/0.1', '0/1/0.2', '0/1/0.3'],
      ...['0/2/0', '0/2/0.1', '0/2/0/1', '0/2/0/1.1'],
    ]);
    expect(idsOf('other')).to.deep.equal(['0/1/0', '0/1/0.1', '0/2/0', '0/2/0/1']);
    expect(JSON.parse(String(messages[0]?.message.payload)).id).to.equal('0/1/0');
  });

  it('refuse a message that a format cannot write, and send those behind it', async () => {
    const bytes = { ...orders, columns: orders.columns.map((column) => ({ ...column, typeOid: 17 })) };
    const [broken, whole] = [insertMessage(bytes, 5 as never), insertMessage(bytes, '\\x00')];
    const [first, second] = await routed([{ destination: 'x', format: 'debezium' }], broken, whole);
    expect(first?.message.refusal?.message).to.match(/^the format cannot write it: /);
    expect(second?.message.refusal).to.equal(undefined);
  });

  it('refuses a message without a value for a template, and keeps its payload', async () => {
    const [one] = await routed([{ destination: 'x', key: '{row.tenant}' }], insertMessage(orders, '1', null));
    expect(one?.message.refusal?.message).to.equal(
      'the route has no value for {row.tenant}: it is NULL, or missing in the log',
    );
    expect(one?.message).to.include({ destination: 'x', key: '' });
    expect(one?.message.payload).to.contain('"row":{"id":"1","tenant":null}');
  });
});
