import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { openEvents, request } from './support/event-stream.ts';
import { clients, openStage } from './support/gateway.ts';

describe('Gateway: server-sent events', () => {
  it('come from the address of a channel, with the objects of pgwamp.v1 as data', async () => {
    await using stage = await openStage();
    using stream = await openEvents(stage.http('/listen/a'));
    expect(stream.response.headers).to.include({ 'content-type': 'text/event-stream; charset=utf-8' });
    await stream.event(({ event }) => event === 'listening');
    await stage.notify('a', 'line one\nline two');
    const { id, data } = await stream.event(({ event }) => event === 'message');
    expect(data).to.deep.equal({ type: 'message', channel: 'a', id, payload: 'line one\nline two' });
  });

  it('continue after Last-Event-ID, as browsers send it', async () => {
    await using stage = await openStage();
    let last: string | undefined;
    {
      using stream = await openEvents(stage.http('/listen?channel=a&channel=b'));
      await stage.notify('b', 'one');
      last = (await stream.event(({ event }) => event === 'message')).id;
    }
    await stage.notify('a', 'two');
    await stage.notify('b', 'three');
    using stream = await openEvents(stage.http('/listen?channel=a&channel=b'), { 'last-event-id': last ?? '' });
    await stream.event(({ data }) => data.payload === 'three');
    const messages = stream.events.filter(({ event }) => event === 'message');
    expect(messages.map(({ data }) => data.payload)).to.deep.equal(['two', 'three']);
    expect(stream.events.filter(({ event }) => event === 'gap')).to.deep.equal([]);
  });

  it('resume from Last-Event-ID, or from the address if it is empty', async () => {
    await using stage = await openStage();
    using first = await openEvents(stage.http('/listen/a'));
    const { id = '' } = await first.event(({ event }) => event === 'listening');
    await stage.notify('a', 'one', 'two');
    await first.event(({ data }) => data.payload === 'two');
    const payloads = async (lastEventId: string) => {
      using stream = await openEvents(stage.http(`/listen/a?since=${id}`), { 'last-event-id': lastEventId });
      await stream.event(({ event }) => event === 'listening');
      return stream.events.map(({ event, data }) => data.payload ?? event);
    };
    expect(await payloads('')).to.deep.equal(['one', 'two', 'listening']);
    expect(await payloads(first.events[1]?.id ?? '')).to.deep.equal(['two', 'listening']);
  });

  it('start with a gap if Last-Event-ID is invalid', async () => {
    await using stage = await openStage();
    using stream = await openEvents(stage.http('/listen/a'), { 'last-event-id': 'nonsense' });
    expect((await stream.event(({ event }) => event === 'gap')).data).to.include({ channel: 'a', from: null });
  });

  it('contain a gap after an outage, and continue after it', async () => {
    await using stage = await openStage();
    using stream = await openEvents(stage.http('/listen/a'));
    await stream.event(({ event }) => event === 'listening');
    await using sql = await stage.database.connect();
    await sql.query('SELECT pg_terminate_backend($1)', [stage.gateway.status().database?.processId]);
    const { id, data } = await stream.event(({ event }) => event === 'gap');
    expect(data).to.include({ channel: 'a', from: stream.events[0]?.id, to: id });
    await stage.notify('a', 'after');
    await stream.event(({ data: { payload } }) => payload === 'after');
    using again = await openEvents(stage.http('/listen/a'), { 'last-event-id': id ?? '' });
    await again.event(({ event }) => event === 'listening');
    expect(again.events.map(({ event }) => event)).to.deep.equal(['message', 'listening']);
  });

  it('contain comments as a heartbeat, and end without a client', async () => {
    await using stage = await openStage({ ping: { interval: 100, timeout: 100 } });
    using alive = await openEvents(stage.http('/listen/a'));
    using dead = await openEvents(stage.http('/listen/a'));
    await clients(stage.gateway, 2);
    dead.response.destroy();
    await clients(stage.gateway, 1);
    const { socket } = alive.response;
    const read = socket.bytesRead;
    await waitFor(() => socket.bytesRead > read, { what: 'a comment' });
    await stage.notify('a', 'one');
    await alive.event(({ data }) => data.payload === 'one');
  });

  it('end when the gateway stops', async () => {
    await using stage = await openStage();
    using stream = await openEvents(stage.http('/listen/a'));
    await stream.event(({ event }) => event === 'listening');
    const closed = new Promise((resolve) => stream.response.once('end', resolve));
    await stage.gateway.stop();
    await closed;
  });

  it('may be read from the configured origins', async () => {
    await using stage = await openStage({ cors_origins: ['https://*.example.com'] });
    const headers = { accept: 'text/event-stream', origin: 'https://app.example.com' };
    const allowed = await request(stage.http('/listen/a'), { headers });
    allowed.destroy();
    expect(allowed.headers).to.include({ 'access-control-allow-origin': 'https://app.example.com' });
    const refused = await request(stage.http('/listen/a'), { headers: { ...headers, origin: 'https://example.org' } });
    refused.destroy();
    expect(refused.statusCode).to.equal(403);
    const preflight = await request(stage.http('/listen/a'), { method: 'OPTIONS', headers });
    expect(preflight).to.include({ statusCode: 204 });
  });

  it('are sent if the client accepts them, in any spelling, and not if it excludes them', async () => {
    await using stage = await openStage();
    for (const [accept, status] of [
      ['text/event-stream', 200],
      ['Text/Event-Stream; charset=utf-8', 200],
      ['text/html, text/event-stream;q=0.5', 200],
      ['text/html,text/event-stream ; q=0.01', 200],
      ['text/event-stream;q=0', 426],
      ['text/html, text/event-stream; q=0.000', 426],
      ['*/*', 426],
      ['text/event-streams', 426],
    ] as const) {
      const response = await request(stage.http('/listen/a'), { headers: { accept } });
      response.destroy();
      expect(response.statusCode, accept).to.equal(status);
    }
    await clients(stage.gateway, 0);
  });
});
