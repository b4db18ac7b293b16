import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { type Client, connect, type Options } from '../../client/client.js';
import { type ScriptedGateway, startScriptedGateway } from '../support/scripted-gateway.ts';

/** A client whose callbacks are recorded, each as one line. */
function record(gateway: ScriptedGateway, options: Partial<Options> = {}) {
  const events: string[] = [];
  const client = connect(gateway.url, {
    pause: { first: 5, max: 20 },
    onMessage: ({ channel, id, payload }) => events.push(`${channel} ${id} ${payload}`),
    onGap: ({ channel, from, to, reason }) => events.push(`gap ${channel} ${from} ${to} ${reason}`),
    onListening: (channel) => events.push(`listening ${channel}`),
    onRefused: (channel, reason) => events.push(`refused ${channel} ${reason}`),
    onState: (state, reason) => events.push(`${state} ${reason}`.trim()),
    ...options,
  });
  const sees = (event: string) =>
    waitFor(() => events.includes(event), { what: `${event} among ${events.join(', ')}` });
  return { client, events, sees, [Symbol.dispose]: () => client.close() };
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing thrown',
    (error: Error) => error.message,
  );

describe('Browser client', () => {
  it('requests its channels, and passes on every message in order', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a', 'b.*'] });
    const connection = await gateway.accept();
    expect(await connection.hears()).to.deep.equal({ type: 'subscribe', channels: ['a', 'b.*'] });
    expect(connection.request.url).to.equal('/listen');
    expect(connection.request.headers['sec-websocket-protocol']).to.equal('pgwamp.v1');
    connection.send({ type: 'listening', channel: 'a', id: 'x:0' });
    for (const number of [1, 2, 3]) {
      connection.send({ type: 'message', channel: 'a', id: `x:${number}`, payload: String(number) });
    }
    connection.send({ type: 'something new', field: 1 });
    await recorded.sees('a x:3 3');
    expect(recorded.events).to.deep.equal(['connecting', 'open', 'listening a', 'a x:1 1', 'a x:2 2', 'a x:3 3']);
    expect(recorded.client.position).to.equal('x:3');
  });

  it('calls no handler before the constructor returns, and only "closed" if it is closed immediately', async () => {
    await using gateway = await startScriptedGateway();
    const recorded = record(gateway);
    expect(recorded.events).to.deep.equal([]);
    recorded.client.close();
    using other = record(gateway, { channels: ['other'] });
    expect(await (await gateway.accept()).hears()).to.deep.include({ channels: ['other'] });
    await other.sees('open');
    expect(recorded.events).to.deep.equal(['closed']);
  });

  it('reconnects after a loss, with its last position', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a'], since: 'x:5' });
    const first = await gateway.accept();
    expect(await first.hears()).to.deep.include({ since: 'x:5' });
    first.send({ type: 'message', channel: 'a', id: 'x:6', payload: 'six' });
    await recorded.sees('a x:6 six');
    first.cut();
    const second = await gateway.accept();
    expect(await second.hears()).to.deep.equal({ type: 'subscribe', channels: ['a'], since: 'x:6' });
    second.send({ type: 'gap', channel: 'a', from: 'x:6', to: 'x:9', reason: 'the history is too short' });
    await recorded.sees('gap a x:6 x:9 the history is too short');
    expect(recorded.client.position).to.equal('x:9');
    second.close(1012, 'PostgreSQL was lost');
    expect(await (await gateway.accept()).hears()).to.deep.include({ since: 'x:9' });
    expect(recorded.events).to.include('waiting PostgreSQL was lost');
  });

  it('remembers a position of notifications and one of the log', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a', 'table:public.b'], since: 'x:5,0/10' });
    const first = await gateway.accept();
    expect(await first.hears()).to.deep.include({ since: 'x:5,0/10' });
    first.send({ type: 'message', channel: 'a', id: 'x:6', payload: 'six' });
    first.send({ type: 'message', channel: 'table:public.b', id: '0/20/1', payload: 'row' });
    await recorded.sees('table:public.b 0/20/1 row');
    expect(recorded.client.position).to.equal('x:6,0/20/1');
    first.cut();
    expect(await (await gateway.accept()).hears()).to.deep.include({ since: 'x:6,0/20/1' });
  });

  it('delivers nothing after it was closed', async () => {
    await using gateway = await startScriptedGateway();
    const recorded = record(gateway, { channels: ['a'] });
    const connection = await gateway.accept();
    await connection.hears();
    connection.send({ type: 'message', channel: 'a', id: 'x:1', payload: 'one' });
    recorded.client.close();
    await connection.ended;
    expect(recorded.events).to.deep.equal(['connecting', 'open', 'closed']);
  });

  it('keeps the position that the gateway sends before it closes', async () => {
    await using gateway = await startScriptedGateway();
    using _recorded = record(gateway, { channels: ['a'] });
    const first = await gateway.accept();
    first.send({ type: 'position', id: 'x:7' });
    first.close(1001);
    expect(await (await gateway.accept()).hears()).to.deep.include({ since: 'x:7' });
  });

  it('retries while the port is closed', async () => {
    const gateway = await startScriptedGateway();
    await gateway[Symbol.asyncDispose]();
    using recorded = record(gateway, { channels: ['a'] });
    const attempts = () => recorded.events.filter((event) => event.startsWith('waiting')).length;
    await waitFor(() => attempts() > 3, { what: 'several attempts' });
  });

  for (const code of [1003, 1007, 1008, 1009]) {
    it(`does not reconnect after ${code}, which would fail again`, async () => {
      await using gateway = await startScriptedGateway();
      using recorded = record(gateway, { channels: ['a'] });
      (await gateway.accept()).close(code, 'no more');
      await recorded.sees('closed no more');
      expect(recorded.client.state).to.equal('closed');
    });
  }

  it('adds and removes channels while connected', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a'] });
    const first = await gateway.accept();
    await first.hears();
    recorded.client.subscribe('b');
    recorded.client.subscribe('b');
    recorded.client.unsubscribe('a');
    recorded.client.unsubscribe('none');
    expect(await first.hears()).to.deep.equal({ type: 'subscribe', channel: 'b' });
    expect(await first.hears()).to.deep.equal({ type: 'unsubscribe', channel: 'a' });
    first.cut();
    expect(await (await gateway.accept()).hears()).to.deep.include({ channels: ['b'] });
  });

  it('sends channels that were added or removed while it was connecting', async () => {
    await using gateway = await startScriptedGateway();
    const token = () => {
      recorded.client.subscribe('b');
      recorded.client.unsubscribe('a');
      return undefined;
    };
    using recorded = record(gateway, { channels: ['a'], token });
    expect(await (await gateway.accept()).hears()).to.deep.equal({ type: 'subscribe', channels: ['b'] });
  });

  it('subscribes to nothing without channels', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway);
    const connection = await gateway.accept();
    await recorded.sees('open');
    recorded.client.subscribe('a');
    expect(await connection.hears()).to.deep.equal({ type: 'subscribe', channel: 'a' });
  });

  it('removes a channel that is refused or unsubscribed by the gateway', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a', 'b', 'c'] });
    const first = await gateway.accept();
    first.send({ type: 'refused', channel: 'a', reason: 'not a member' });
    first.send({ type: 'unsubscribed', channel: 'b', reason: 'no longer a member' });
    await recorded.sees('refused a not a member');
    await recorded.sees('refused b no longer a member');
    first.cut();
    expect(await (await gateway.accept()).hears()).to.deep.include({ channels: ['c'] });
  });

  it('sends a token, and a new one after it has expired', async () => {
    await using gateway = await startScriptedGateway();
    const tokens = ['one', 'two'];
    using _recorded = record(gateway, { channels: ['a'], token: () => tokens.shift() });
    const first = await gateway.accept();
    expect(first.request.headers['sec-websocket-protocol']).to.match(/^pgwamp\.v1,.*one$/);
    expect(first.request.url).to.not.include('one');
    first.close(4001, 'the token has expired');
    expect((await gateway.accept()).request.headers['sec-websocket-protocol']).to.match(/two$/);
  });

  it('requests a token again after the first request failed', async () => {
    await using gateway = await startScriptedGateway();
    let calls = 0;
    const token = async () => {
      calls += 1;
      if (calls === 1) throw new Error('signed out');
      return 'one';
    };
    using recorded = record(gateway, { channels: ['a'], token });
    await gateway.accept();
    expect(recorded.events.join()).to.include('waiting no token: Error: signed out');
  });

  it('renews its token while connected', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a'] });
    const connection = await gateway.accept();
    await connection.hears();
    const renewed = recorded.client.renew('two');
    const { ref, ...message } = await connection.hears();
    expect(message).to.deep.equal({ type: 'token', token: 'two' });
    connection.send({ type: 'renewed', ref });
    await renewed;
    const refused = rejection(recorded.client.renew('three'));
    connection.send({ type: 'error', ref: (await connection.hears()).ref, reason: 'the token has expired' });
    expect(await refused).to.equal('the token has expired');
  });

  it('sends messages, and receives the answer to each', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a'] });
    const connection = await gateway.accept();
    await connection.hears();
    const answers = [recorded.client.send('one', 'a'), recorded.client.send('two', 'a')];
    const failure = rejection(recorded.client.send('three', 'a'));
    const [one, two, three] = [await connection.hears(), await connection.hears(), await connection.hears()];
    expect(one).to.deep.include({ type: 'send', payload: 'one', channel: 'a' });
    connection.send({ type: 'error', ref: three.ref, reason: 'no' });
    connection.send({ type: 'answer', ref: two.ref, payload: 'to two' });
    connection.send({ type: 'answer', ref: one.ref, payload: 'to one' });
    expect(await Promise.all(answers)).to.deep.equal(['to one', 'to two']);
    expect(await failure).to.equal('no');
  });

  it('rejects messages without an answer, and messages that cannot be sent', async () => {
    await using gateway = await startScriptedGateway();
    using recorded = record(gateway, { channels: ['a'] });
    const connection = await gateway.accept();
    await connection.hears();
    const lost = rejection(recorded.client.send('one', 'a'));
    await connection.hears();
    connection.cut();
    expect(await lost).to.match(/lost before the answer/);
    recorded.client.close();
    expect(await rejection(recorded.client.send('two', 'a'))).to.equal('there is no connection');
  });

  it('closes permanently', async () => {
    await using gateway = await startScriptedGateway();
    const recorded = record(gateway, { channels: ['a'] });
    await gateway.accept();
    await recorded.sees('open');
    recorded.client.close();
    recorded.client.close();
    expect(recorded.events.filter((event) => event === 'closed')).to.have.length(1);
    const closed: Client = recorded.client;
    expect(closed.state).to.equal('closed');
  });
});
