import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openEvents } from './support/event-stream.ts';
import { clients, openStage, type Stage } from './support/gateway.ts';
import { openV1, type TestSocket } from './support/socket.ts';

/** A client of pgwamp.v1 that reconnects until it receives "end"; resolves with everything it has received. */
async function follow(url: string) {
  const state = { payloads: [] as unknown[], gaps: [] as unknown[], connections: 0 };
  let id = '';
  while (state.payloads.at(-1) !== 'end') {
    const socket = await reconnect(`${url}${id && `&since=${id}`}`);
    state.connections += 1;
    socket.webSocket.on('message', (data) => {
      if (data.toString().includes('"end"')) socket.webSocket.close();
    });
    await socket.closed;
    for (const message of socket.messages) {
      if (message.type === 'message') state.payloads.push(message.payload);
      if (message.type === 'gap') state.gaps.push(message);
      if (typeof message.id === 'string') id = message.id;
    }
  }
  return state;
}

/** A gateway that stops may have accepted the connection already; the next attempt reaches another one. */
async function reconnect(url: string): Promise<TestSocket> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await openV1(url);
    } catch (error) {
      if (performance.now() > end || !/503|hang up|ECONNRESET|ECONNREFUSED/.test((error as Error).message)) throw error;
      await sleep(10);
    }
  }
}

/** Notifies one number after the other. */
async function count({ database }: Stage, channels: readonly string[], isDone: () => boolean): Promise<number> {
  await using sql = await database.connect();
  let number = 0;
  while (!isDone()) {
    number += 1;
    for (const channel of channels) await sql.query('SELECT pg_notify($1, $2)', [channel, `${channel} ${number}`]);
  }
  return number;
}

/** Clients of two channels, and numbers that are notified to both. */
async function startFollowers(stage: Stage, size: number) {
  let isDone = false;
  const url = `${stage.url('/listen/a')}?channel=b`;
  const followers = Promise.all(Array.from({ length: size }, () => follow(url)));
  // A test that has failed awaits neither; they end with its gateways and its database.
  followers.catch(() => undefined);
  await clients(stage.gateway, size);
  const counting = count(stage, ['a', 'b'], () => isDone);
  counting.catch(() => undefined);
  await waitFor(() => stage.gateway.status().messagesIn > 20, { what: 'messages' });
  return {
    /** Ends the numbers; fails unless each client has received all of them in order; resolves with their connections. */
    async receiveAll(): Promise<number[]> {
      isDone = true;
      const last = await counting;
      await stage.notify('b', 'end');
      const wanted = Array.from({ length: last }, (_, index) => [`a ${index + 1}`, `b ${index + 1}`]).flat();
      const all = await followers;
      for (const { payloads, gaps } of all) {
        expect(gaps).to.deep.equal([]);
        expect(payloads).to.deep.equal([...wanted, 'end']);
      }
      return all.map(({ connections }) => connections);
    },
  };
}

describe('Gateway: rolling restart', () => {
  it('loses no message of pgwamp.v1 clients: a second gateway on the same port takes over', async () => {
    await using first = await openStage({ reuse_port: true, drain: '30s' });
    await using stages = new AsyncDisposableStack();
    const endpoint = { type: 'tcp', port: first.port } as const;
    const followers = await startFollowers(first, 30);
    let current = first.gateway;
    for (let round = 0; round < 2; round += 1) {
      const next = stages.use(await openStage({ reuse_port: true, drain: '30s', endpoint }, { of: first.database }));
      await current.stop();
      await clients(next.gateway, 30);
      const seen = next.gateway.status().messagesIn;
      await waitFor(() => next.gateway.status().messagesIn > seen + 20, { what: 'messages by the next one' });
      current = next.gateway;
    }
    expect(new Set(await followers.receiveAll())).to.deep.equal(new Set([3]));
  });

  it('loses no message if the second gateway stops while clients resume', async () => {
    await using first = await openStage({ reuse_port: true, drain: '30s' });
    const endpoint = { type: 'tcp', port: first.port } as const;
    const followers = await startFollowers(first, 60);
    await using second = await openStage({ reuse_port: true, drain: '30s', endpoint }, { of: first.database });
    await using third = await openStage({ reuse_port: true, drain: '30s', endpoint }, { of: first.database });
    const leaving = first.gateway.stop();
    await waitFor(() => second.gateway.status().clients > 0, { what: 'a client at the second gateway' });
    await Promise.all([leaving, second.gateway.stop()]);
    await clients(third.gateway, 60);
    const seen = third.gateway.status().messagesIn;
    await waitFor(() => third.gateway.status().messagesIn > seen + 20, { what: 'messages by the third' });
    await followers.receiveAll();
  });

  it('loses no message if the gateway that would take over stops', async () => {
    await using first = await openStage({ reuse_port: true, drain: '30s' });
    const endpoint = { type: 'tcp', port: first.port } as const;
    await using second = await openStage({ reuse_port: true, drain: '30s', endpoint }, { of: first.database });
    await using third = await openStage({ reuse_port: true, drain: '30s' }, { of: first.database });
    await using socket = await openV1(first.url('/listen/a')).catch(() => openV1(first.url('/listen/a')));
    const holder = first.gateway.status().clients > 0 ? first : second;
    const other = holder === first ? second : first;
    await socket.message(({ type }) => type === 'listening');
    await Promise.all([holder.gateway.stop(), other.gateway.stop()]);
    await socket.closed;
    const { id } = await socket.message(({ type }) => type === 'position');
    await first.notify('a', 'one');
    await using again = await openV1(third.url(`/listen/a?since=${id}`));
    await again.message(({ payload }) => payload === 'one');
    expect(again.messages.filter(({ type }) => type === 'gap')).to.deep.equal([]);
  });

  it('loses no message of server-sent events', async () => {
    await using first = await openStage({ reuse_port: true, drain: '30s' });
    using stream = await openEvents(first.http('/listen/a'));
    await first.notify('a', 'one');
    await stream.event(({ data }) => data.payload === 'one');
    await using second = await openStage({ drain: '30s' }, { of: first.database });
    await first.gateway.stop();
    await waitFor(() => stream.ended, { what: 'the end of the first' });
    await first.notify('a', 'two');
    const last = stream.events.findLast(({ id }) => id !== undefined)?.id ?? '';
    using again = await openEvents(second.http('/listen/a'), { 'last-event-id': last });
    await again.event(({ data }) => data.payload === 'two');
    expect(again.events.filter(({ event }) => event === 'gap')).to.deep.equal([]);
  });

  it('sends a gap if no other gateway takes over', async () => {
    await using first = await openStage();
    await using socket = await openV1(first.url('/listen/a'));
    const { id } = await socket.message(({ type }) => type === 'listening');
    await first.gateway.stop();
    expect((await socket.closed).code).to.equal(1001);
    expect(socket.messages.map(({ type }) => type)).to.deep.equal(['listening']);
    await using second = await openStage({}, { of: first.database });
    await using again = await openV1(second.url(`/listen/a?since=${id}`));
    await again.message(({ type }) => type === 'gap');
  });
});
