import type { Socket } from 'node:net';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openStage, type Stage } from './support/gateway.ts';
import { open, openV1 } from './support/socket.ts';

type TestSocket = Awaited<ReturnType<typeof open>>;

const rawOf = ({ webSocket }: TestSocket) => (webSocket as unknown as { _socket: Socket })._socket;

/** Notifies until something has happened; each payload is another one. */
async function floodUntil({ database }: Stage, channel: string, done: () => boolean): Promise<number> {
  await using sql = await database.connect();
  const statement = `SELECT count(pg_notify($1, $2 || '-' || i || repeat('x', 4000))) FROM generate_series(1, 500) i`;
  let round = 0;
  while (!done()) {
    round += 1;
    if (round > 200) throw new Error('flooded with 400 MB, and nothing has happened');
    await sql.query(statement, [channel, String(round)]);
  }
  return round * 500;
}

const limits = { max_buffer: '8MB', close_timeout: 200 };

describe('A client that reads slowly', () => {
  it('is closed with 1013 and its position, and nobody waits for it', async () => {
    await using stage = await openStage({ limits });
    await using slow = await openV1(stage.url('/listen/a'));
    await using fast = await open(stage.url('/listen/a'));
    await slow.frames(1);
    rawOf(slow).pause();
    const sent = await floodUntil(stage, 'a', () => stage.gateway.status().slowCloses > 0);
    await stage.notify('a', 'end');
    await waitFor(() => fast.received.at(-1) === 'end', { what: 'the fast one to have everything', deadline: 30_000 });
    expect(fast.received).to.have.length(sent + 1);
    await waitFor(() => stage.gateway.status().clients === 1, { what: 'the slow one to be given up' });
    rawOf(slow).resume();
    await slow.closed;
  });

  it('is told where it was, if it reads on in time', async () => {
    await using stage = await openStage({ limits: { ...limits, close_timeout: 30_000 } });
    await using slow = await openV1(stage.url('/listen/a'));
    await slow.frames(1);
    rawOf(slow).pause();
    await floodUntil(stage, 'a', () => stage.gateway.status().slowCloses > 0);
    rawOf(slow).resume();
    const { code, reason } = await slow.closed;
    expect(code).to.equal(1013);
    expect(reason).to.equal(`the client reads too slowly; it was sent everything up to ${slow.messages.at(-1)?.id}`);
  });

  it('misses messages where it is configured so, and is told a gap', async () => {
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
});
