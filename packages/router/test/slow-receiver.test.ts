import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { until } from './support/deadline.ts';
import { RawSocket } from './support/raw-socket.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const TOPIC = 'com.example.topic';
const MIB = 1024 * 1024;

describe('Slow receiver', () => {
  it('is closed; others lose nothing, wait for nobody, and memory is limited', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: 8 * MIB } });
    using stalled = await RawSocket.connect(test.listener.port);
    stalled.upgrade('/ws');
    stalled.frame(1, Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]'));
    stalled.frame(1, Buffer.from(`[32,1,{},"${TOPIC}"]`));
    await until(() => stalled.received.includes('[33,1,'), 'SUBSCRIBED');
    stalled.socket.pause();
    await using healthy = await WampClient.open(test.url);
    await healthy.subscribe(TOPIC);
    await using publisher = await WampClient.attach(test.router);
    const before = process.memoryUsage().external;
    const text = 'x'.repeat(MIB / 2);
    let published = 0;
    while (test.ends.length === 0 && published < 200) {
      published++;
      expect((await publisher.publish(TOPIC, {}, [published, text]))[0]).to.equal(17);
      expect(((await healthy.next())[4] as unknown[])[0]).to.equal(published);
    }
    expect(test.ends).to.have.length(1);
    expect(test.ends[0]?.cause).to.equal('slow');
    expect(test.ends[0]?.message).to.contain('8388608 bytes');
    expect(process.memoryUsage().external - before).to.be.below(100 * MIB);
    expect((await publisher.publish(TOPIC))[0]).to.equal(17);
    expect((await healthy.next())[0]).to.equal(36);
    expect(test.router.stats()).to.include({ sessions: 2, subscriptions: 1 });
    expect(test.router.stats().sessionsEnded.slow).to.equal(1);
  });

  it('has its calls canceled if it is a callee', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: MIB } });
    using stalled = await RawSocket.connect(test.listener.port);
    stalled.upgrade('/ws');
    stalled.frame(1, Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]'));
    stalled.frame(1, Buffer.from(`[64,1,{},"${TOPIC}"]`));
    await until(() => stalled.received.includes('[65,1,'), 'REGISTERED');
    stalled.socket.pause();
    await using caller = await WampClient.attach(test.router);
    const text = 'x'.repeat(MIB / 2);
    let calls = 0;
    while (test.ends.length === 0) {
      caller.send([MessageType.CALL, ++calls, {}, TOPIC, [text]]);
      await until(() => test.router.stats().calls === calls, 'the call is passed on');
    }
    for (let call = 1; call <= calls; call++) {
      const [type, , request, , error] = await caller.next();
      expect([type, request, error]).to.eql([8, call, 'wamp.error.canceled']);
    }
  });

  it('receives the reason in memory if possible', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: 10_000 } });
    await using subscriber = await WampClient.attach(test.router);
    await subscriber.subscribe(TOPIC);
    // Either stays below the bound itself; together they are more than the subscriber is handed in one turn.
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    for (let index = 1; index <= 10; index++) {
      for (const publisher of [one, other]) publisher.send([MessageType.PUBLISH, index, {}, TOPIC, ['x'.repeat(800)]]);
    }
    const { code, reason } = await subscriber.closed;
    expect(code).to.equal(1008);
    expect(reason).to.contain('slow receiver');
    for (const publisher of [one, other]) expect(await publisher.pending()).to.eql([]);
  });
});

describe('Flood of requests', () => {
  it('is slowed down if the answers are not read, without a loss', async () => {
    await using test = await startRouter({ limits: { highWaterBytes: 64 * 1024 } });
    using flood = await RawSocket.connect(test.listener.port);
    flood.upgrade('/ws');
    flood.frame(1, Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]'));
    await until(() => flood.received.includes('[2,'), 'WELCOME');
    flood.socket.pause();
    // Requests short, answers long: an unknown procedure comes back in the error's words.
    const request = Buffer.from(`[48,1,{},"com.example.${'x'.repeat(2_000)}"]`);
    let sent = 0;
    while (flood.socket.writableLength < 4 * MIB) {
      for (let index = 0; index < 500; index++, sent++) flood.frame(1, request);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await using witness = await WampClient.open(test.url);
    expect((await witness.publish(TOPIC))[0]).to.equal(17);
    expect(test.router.stats().messagesIn).to.be.below(sent);
    flood.socket.resume();
    await until(() => test.router.stats().refused === sent, 'every request is answered', 20_000);
    expect(test.ends).to.eql([]);
  });

  it('does not delay others', async () => {
    await using test = await startRouter();
    const flood = test.router.attach();
    let flooding = true;
    let published = 0;
    const more = () => {
      while (flooding && flood.bufferedAmount < MIB) flood.send(`[16,${++published},{},"${TOPIC}"]`);
    };
    flood.onwritable = more;
    flood.send('[1,"realm1",{"roles":{"caller":{}}}]');
    more();
    await using near = await WampClient.attach(test.router);
    await using far = await WampClient.open(test.url);
    for (let index = 0; index < 50; index++) {
      for (const client of [near, far]) expect((await client.publish(TOPIC))[0]).to.equal(17);
    }
    flooding = false;
    await until(() => flood.bufferedAmount === 0, 'the flood is over');
    expect(test.router.stats().publications).to.equal(published + 100);
    flood.close();
  });
});
