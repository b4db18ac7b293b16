import type { Socket } from 'node:net';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openEvents } from './support/event-stream.ts';
import { clients, openStage, type Stage } from './support/gateway.ts';
import { open, openV1 } from './support/socket.ts';

type TestSocket = Awaited<ReturnType<typeof open>>;

const rawOf = ({ webSocket }: TestSocket) => (webSocket as unknown as { _socket: Socket })._socket;

/**
 * Notifies until something has happened; each payload is another one.
 *
 * @param reader waited for after each round, so that it never has much to read.
 */
async function floodUntil(
  { database }: Stage,
  channel: string,
  done: () => boolean,
  reader?: TestSocket,
): Promise<number> {
  await using sql = await database.connect();
  const statement = `SELECT count(pg_notify($1, $2 || '-' || i || repeat('x', 4000))) FROM generate_series(1, 500) i`;
  let round = 0;
  while (!done()) {
    round += 1;
    if (round > 200) throw new Error('flooded with 400 MB, and nothing has happened');
    await sql.query(statement, [channel, String(round)]);
    await reader?.frames(round * 500);
  }
  return round * 500;
}

const limits = { max_buffer: '8MB', close_timeout: 200 };

describe('Gateway: slow clients', () => {
  it('are closed with 1013, and do not delay others', async () => {
    await using stage = await openStage({ limits });
    await using slow = await openV1(stage.url('/listen/a'));
    await using fast = await open(stage.url('/listen/a'));
    await slow.frames(1);
    rawOf(slow).pause();
    const sent = await floodUntil(stage, 'a', () => stage.gateway.status().slowCloses > 0, fast);
    expect(fast.received).to.have.length(sent);
    await waitFor(() => stage.gateway.status().clients === 1, { what: 'the slow one to be given up' });
    rawOf(slow).resume();
    await slow.closed;
  });

  it('receive their position with the close if they continue to read in time', async () => {
    await using stage = await openStage({ limits: { ...limits, close_timeout: 30_000 } });
    await using slow = await openV1(stage.url('/listen/a'));
    await slow.frames(1);
    rawOf(slow).pause();
    await floodUntil(stage, 'a', () => stage.gateway.status().slowCloses > 0);
    rawOf(slow).resume();
    const { code, reason } = await slow.closed;
    expect(code).to.equal(1013);
    expect(reason).to.equal(`the client reads too slowly; everything up to ${slow.messages.at(-1)?.id} was sent`);
  });

  it('miss messages if configured, and receive a gap', async () => {
    await using stage = await openStage({ limits, slow_client: 'drop' });
    await using slow = await openV1(stage.url('/listen/a'));
    await slow.frames(1);
    rawOf(slow).pause();
    await floodUntil(stage, 'a', () => stage.gateway.status().dropped > 0);
    rawOf(slow).resume();
    const gap = await slow.message(({ type }) => type === 'gap');
    await stage.notify('a', 'end');
    await slow.message(({ payload }) => payload === 'end');
    const ids = slow.messages
      .filter(({ type }) => type === 'message')
      .map(({ id }) => Number(String(id).split(':')[1]));
    const at = ids.findIndex((id, index) => index > 0 && id !== (ids[index - 1] ?? 0) + 1);
    const [from, to] = [gap.from, gap.to].map((id) => Number(String(id).split(':')[1]));
    expect({ from: ids[at - 1], to: (ids[at] ?? 0) - 1 }).to.deep.equal({ from, to });
  });

  it('do not include a resuming client that has missed more than the queue may contain', async () => {
    await using stage = await openStage({ limits: { ...limits, max_buffer: 100_000 }, history: { bytes: '16MB' } });
    const first = await openV1(stage.url('/listen/a'));
    const { id } = await first.message(({ type }) => type === 'listening');
    await first[Symbol.asyncDispose]();
    await clients(stage.gateway, 0);
    await stage.notify('a', ...Array.from({ length: 500 }, (_, index) => `${index}${'x'.repeat(4000)}`));
    await waitFor(() => stage.gateway.status().messagesIn === 500, { what: 'the messages' });
    await using again = await openV1(stage.url(`/listen/a?since=${id}`));
    await again.frames(501);
    await again.message(({ type }) => type === 'listening');
    await stage.notify('a', 'end');
    await again.message(({ payload }) => payload === 'end');
    expect(again.received).to.have.length(502);
  });

  it('of server-sent events are disconnected, and resume without a gap', async () => {
    await using stage = await openStage({ limits, history: { messages: 100_000, bytes: '1GB' } });
    using slow = await openEvents(stage.http('/listen/a'));
    await slow.event(({ event }) => event === 'listening');
    slow.response.pause();
    const sent = await floodUntil(stage, 'a', () => stage.gateway.status().slowCloses > 0);
    slow.response.resume();
    await waitFor(() => slow.response.closed, { what: 'the end', deadline: 30_000 });
    const last = slow.events.findLast(({ id }) => id !== undefined)?.id ?? '';
    const missed = sent - slow.events.filter(({ event }) => event === 'message').length;
    expect(missed).to.be.above(0);
    using again = await openEvents(stage.http('/listen/a'), { 'last-event-id': last });
    await stage.notify('a', 'end');
    await again.event(({ data }) => data.payload === 'end');
    expect(again.events.filter(({ event }) => event === 'message')).to.have.length(missed + 1);
    expect(again.events.filter(({ event }) => event === 'gap')).to.deep.equal([]);
  });

  it('of server-sent events receive a gap if messages are dropped', async () => {
    await using stage = await openStage({ limits, slow_client: 'drop' });
    using slow = await openEvents(stage.http('/listen/a'));
    await slow.event(({ event }) => event === 'listening');
    slow.response.pause();
    const sent = await floodUntil(stage, 'a', () => stage.gateway.status().dropped > 0);
    slow.response.resume();
    const gap = await slow.event(({ event }) => event === 'gap');
    await stage.notify('a', 'end');
    await slow.event(({ data }) => data.payload === 'end');
    const [from, to] = [gap.data.from, gap.data.to].map((id) => Number(String(id).split(':')[1]));
    expect(gap.id).to.equal(gap.data.to);
    const got = slow.events.filter(({ event }) => event === 'message').length - 1;
    expect(got + Number(to) - Number(from)).to.equal(sent);
  });
});
