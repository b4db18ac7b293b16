import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import { frontend, int32, query, startup } from './support/frontend-messages.ts';
import { errorFields, RawClient, rawClientOf } from './support/raw-client.ts';
import { ask, callText, echo, openLink, result } from './support/stage.ts';

const mebibyte = 1024 * 1024;

/** Bytes that this process has for buffers and everything else. */
function memory(): number {
  const { rss } = process.memoryUsage();
  return rss;
}

describe('The limits of a link', () => {
  it('accept the maximum number of backends, and refuse the next one with the reason', async () => {
    await using stage = await openLink(echo, { maxConnections: 2 });
    await using first = await stage.connect();
    const second = await stage.connect();
    const error = await rejection<pg.DatabaseError>(stage.connect());
    expect([error.code, error.message]).to.deep.equal(['53300', 'too many connections']);
    await second.end();
    await waitFor(() => stage.link.connections === 1, { what: 'a place to be free' });
    await using third = await stage.connect();
    for (const client of [first, third]) expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('end connections that do not authenticate in time', async () => {
    await using stage = await openLink(echo, { authenticationTimeout: 300 });
    await using client = await stage.connect();
    const openings = [Buffer.alloc(0), Buffer.from([0]), startup().subarray(0, 12), startup()];
    const clients = await Promise.all(openings.map(() => RawClient.connect(stage.port)));
    for (const [index, opening] of openings.entries()) clients[index]?.send(opening);
    for (const client of clients) {
      await client.closed();
      const last = client.messages.at(-1);
      expect(errorFields(last?.body ?? Buffer.alloc(0))).to.include({ S: 'FATAL', C: '57014' });
    }
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('accept a backend although others never authenticate', async () => {
    await using stage = await openLink(echo, { maxConnections: 5 });
    const clients = await Promise.all(Array.from({ length: 400 }, () => RawClient.connect(stage.port)));
    for (const client of clients) client.send(startup());
    await using client = await withDeadline(stage.connect(), 20_000, 'a backend to be let in');
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
    const first = clients[0];
    expect(await first?.refusal()).to.include({ S: 'FATAL', C: '53300' });
    for (const client of clients) client[Symbol.dispose]();
  });

  it('refuse a query that is too long, and process the next one', async () => {
    await using stage = await openLink(echo, { maxMessageSize: mebibyte });
    await using client = await stage.connect();
    for (const size of [1, 30]) {
      const text = callText(1, ['x'.repeat(size * mebibyte)]);
      const error = await rejection<pg.DatabaseError>(client.query(text));
      expect(error.code).to.equal('54000');
      expect(error.hint).to.include('max_message_size');
      expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
    }
  });

  it('reserve no memory for an announced length', async () => {
    await using stage = await openLink(echo, { maxMessageSize: 1024 * mebibyte });
    const clients = await Promise.all(Array.from({ length: 40 }, () => stage.connect()));
    const before = memory();
    const raws = clients.map((client) => rawClientOf(client));
    for (const client of raws) client.send(Buffer.from('Q'), int32(1000 * mebibyte), Buffer.alloc(1000));
    await using client = await stage.connect();
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
    expect(memory() - before).to.be.below(1000 * mebibyte);
    for (const { socket } of raws) socket.destroy();
  });

  it('buffer only one answer for a client that does not read', async () => {
    let calls = 0;
    const payload = `"${'x'.repeat(mebibyte)}"`;
    await using stage = await openLink(async () => {
      calls += 1;
      return result(payload);
    });
    using slow = rawClientOf(await stage.connect());
    slow.socket.pause();
    const before = memory();
    for (let id = 0; id < 5000; id += 1) slow.socket.write(query(callText(id)));
    await using client = await stage.connect();
    for (let turn = 0; turn < 20; turn += 1) await ask(client, callText(turn));
    // Queries in the buffers of the operating system are also answered.
    expect(calls - 20).to.be.below(20);
    // All answers are 5000 MiB. Those of the other client are garbage that may not be collected yet.
    expect(memory() - before).to.be.below(500 * mebibyte);
    slow.socket.resume();
    await waitFor(() => calls - 20 > 50, { what: 'the client to be served when it reads again' });
  });

  it('limit the buffered queries that arrive faster than they are answered', async () => {
    let calls = 0;
    await using stage = await openLink(() => {
      calls += 1;
      return new Promise(() => undefined);
    });
    using hasty = rawClientOf(await stage.connect());
    // Much more than the system's own buffers take.
    const queries = 6000;
    for (let id = 0; id < queries; id += 1) hasty.socket.write(query(callText(id, ['x'.repeat(10_000)])));
    // Each is answered after a moment, and the next one is taken.
    await waitFor(() => calls >= 40, { what: 'some calls to begin', deadline: 25_000 });
    expect(hasty.socket.writableLength, 'bytes that the link has not read').to.be.above(0);
  });

  it('allow a link to close while a client does not read', async () => {
    const stage = await openLink(async () => result(`"${'x'.repeat(5 * mebibyte)}"`));
    using slow = rawClientOf(await stage.connect());
    slow.socket.pause();
    slow.send(query(callText(1)), query(callText(2)), frontend('S'));
    await using client = await stage.connect();
    await ask(client, callText(1));
    await withDeadline(stage.link.close(), 5000, 'the link to close');
  });
});
