import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { clients, openStage } from './support/gateway.ts';
import { open, refused } from './support/socket.ts';

describe('Gateway: plain WebSocket', () => {
  it('receives the bare payload of each NOTIFY in order, as soon as it is open', async () => {
    await using stage = await openStage();
    await using socket = await open(stage.url('/listen/Public%20%C3%A4'));
    const payloads = Array.from({ length: 500 }, (_, index) => `${index} ${'€𝄞'.repeat(index % 90)}`);
    await stage.notify('Public ä', ...payloads, '');
    await stage.notify('public ä', 'of another channel');
    expect(await socket.frames(501)).to.deep.equal([...payloads, '']);
    expect(stage.gateway.status()).to.include({ state: 'running', clients: 1, channels: 1, messagesIn: 501 });
    expect(stage.gateway.status().listenLatency).to.be.greaterThan(0);
  });

  it('shares a channel with others, and UNLISTEN follows the last one', async () => {
    await using stage = await openStage();
    await using one = await open(stage.url('/listen/a'));
    {
      await using other = await open(stage.url('/listen/a'));
      await stage.notify('a', 'for both');
      await one.frames(1);
      await other.frames(1);
    }
    await clients(stage.gateway, 1);
    await stage.notify('a', 'for one');
    expect(await one.frames(2)).to.deep.equal(['for both', 'for one']);
    one.webSocket.close();
    await one.closed;
    await waitFor(() => stage.gateway.status().channels === 0, { what: 'UNLISTEN' });
  });

  it('is closed with 1001 when the gateway stops', async () => {
    await using stage = await openStage();
    await using socket = await open(stage.url('/listen/a'));
    await stage.gateway.stop();
    expect(await socket.closed).to.include({ code: 1001 });
  });

  it('is refused for the channel that gateways use among themselves', async () => {
    await using stage = await openStage();
    expect((await refused(stage.url('/listen/pgwamp_gateway'))).status).to.equal(403);
  });

  it('is refused for a channel that the gateway does not offer', async () => {
    await using stage = await openStage({ channels: ['b*', 'c'] });
    expect(await refused(stage.url('/listen/a'))).to.deep.include({ status: 403 });
    await using _socket = await open(stage.url('/listen/bcd'));
  });
});
