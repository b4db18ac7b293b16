import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { ClosedError, SessionLimitError, Uri } from '../src/index.ts';
import { until, within } from './support/deadline.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]';
const TOPIC = 'com.example.topic';

describe('attach()', () => {
  it('delivers frames in order, later, and never within send()', async () => {
    await using test = await startRouter();
    const socket = test.router.attach();
    const frames: string[] = [];
    let depth = 0;
    let deepest = 0;
    socket.onframe = (frame) => {
      depth++;
      deepest = Math.max(deepest, depth);
      frames.push(frame);
      if (frames.length < 10) socket.send(`[16,${frames.length},{"acknowledge":true},"${TOPIC}"]`);
      depth--;
    };
    socket.send(HELLO);
    expect(frames).to.eql([]);
    expect(socket.bufferedAmount).to.equal(HELLO.length);
    await until(() => frames.length === 10, 'ten frames');
    expect(deepest).to.equal(1);
    expect(frames.slice(1).map((frame) => JSON.parse(frame)[1])).to.eql([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    socket.close();
  });

  it('calls onwritable when the queue is empty', async () => {
    await using test = await startRouter();
    const socket = test.router.attach();
    socket.send(HELLO);
    for (let index = 1; index <= 10_000; index++) socket.send(`[16,${index},{},"${TOPIC}"]`);
    expect(socket.bufferedAmount).to.be.above(200_000);
    await within(new Promise<void>((resolve) => (socket.onwritable = resolve)), 'the queue is empty');
    expect(socket.bufferedAmount).to.equal(0);
    expect(test.router.stats().publications).to.equal(10_000);
    socket.close();
  });

  it('closes once, in order, and delivers nothing afterwards', async () => {
    await using test = await startRouter();
    await using witness = await WampClient.attach(test.router);
    await witness.subscribe(TOPIC);
    const socket = test.router.attach();
    const closes: unknown[] = [];
    socket.onclose = (code, reason) => closes.push([code, reason]);
    socket.send(HELLO);
    socket.send(`[16,1,{},"${TOPIC}",["last words"]]`);
    socket.close(1000, 'enough');
    socket.close(1001, 'again');
    expect(() => socket.send('[]')).to.throw(ClosedError);
    expect(closes).to.eql([]);
    expect((await witness.next())[4]).to.eql(['last words']);
    await until(() => closes.length > 0, 'onclose');
    await witness.pending();
    expect(closes).to.eql([[1000, 'enough']]);
    expect(test.ends.map(({ cause, message }) => [cause, message])).to.eql([['lost', 'enough']]);
  });

  it('delivers nothing while paused, and then everything in order', async () => {
    await using test = await startRouter();
    const socket = test.router.attach();
    const frames: unknown[] = [];
    socket.onframe = (frame) => {
      frames.push(JSON.parse(frame)[1]);
      if (frames.length === 3) socket.pause();
    };
    socket.send(HELLO);
    for (let index = 1; index <= 100; index++) socket.send(`[16,${index},{"acknowledge":true},"${TOPIC}"]`);
    await until(() => test.router.stats().publications === 100 && frames.length >= 3, 'all publications');
    expect(frames.slice(1)).to.eql([1, 2]);
    socket.resume();
    await until(() => frames.length === 101, 'the rest');
    expect(frames.slice(1)).to.eql(Array.from({ length: 100 }, (_, index) => index + 1));
    socket.close();
  });

  it('closes while paused, and when too many bytes are waiting', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: 100_000 } });
    const [left, cut] = [test.router.attach(), test.router.attach()];
    const codes: number[] = [];
    for (const socket of [left, cut]) {
      socket.onclose = (code) => codes.push(code);
      socket.send(HELLO);
      socket.pause();
    }
    left.close(1000, 'enough');
    await until(() => codes.length === 1, 'the first to be closed');
    cut.send(`[32,1,{},"${TOPIC}"]`);
    await using publisher = await WampClient.attach(test.router);
    for (let index = 1; index <= 3; index++)
      publisher.send([MessageType.PUBLISH, index, {}, TOPIC, ['x'.repeat(50_000)]]);
    await until(() => codes.length === 2, 'the second to be cut off');
    expect(codes[0]).to.equal(1000);
  });

  it('closes with 1009 after a message that is too long', async () => {
    await using test = await startRouter({ limits: { maxMessageSize: 1000 } });
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.PUBLISH, 1, {}, TOPIC, ['x'.repeat(1000)]]);
    expect((await client.closed).code).to.equal(1009);
  });

  it('closes a client that sends without a pause and never reads', async () => {
    await using test = await startRouter({ limits: { maxBufferedBytes: 100_000 } });
    const socket = test.router.attach();
    const closed = new Promise<number>((resolve) => {
      socket.onclose = resolve;
    });
    socket.send(HELLO);
    const flood = () => {
      for (let index = 1; ; index++) socket.send(`[16,${index},{},"${TOPIC}"]`);
    };
    expect(flood).to.throw(ClosedError);
    expect(socket.bufferedAmount).to.be.below(101_000);
    expect(await within(closed, 'onclose')).to.equal(1008);
  });

  it('throws beyond the limit of sessions, and after close()', async () => {
    await using test = await startRouter({ limits: { maxSessions: 1 } });
    const client = await WampClient.attach(test.router);
    expect(() => test.router.attach()).to.throw(SessionLimitError);
    await client[Symbol.asyncDispose]();
    await using next = await WampClient.attach(test.router);
    const closed = test.router.close();
    expect((await next.next())[2]).to.equal(Uri.SYSTEM_SHUTDOWN);
    await next[Symbol.asyncDispose]();
    await closed;
    expect(() => test.router.attach()).to.throw(ClosedError);
  });

  it('delivers the frames after one whose handler throws', async () => {
    await using test = await startRouter();
    const socket = test.router.attach();
    const frames: string[] = [];
    const [handlers, errors] = [process.listeners('uncaughtException'), [] as Error[]];
    process.removeAllListeners('uncaughtException').once('uncaughtException', (error) => errors.push(error));
    socket.onframe = (frame) => {
      frames.push(frame);
      if (frames.length === 1) throw new Error('oops');
    };
    try {
      socket.send(HELLO);
      socket.send(`[16,1,{"acknowledge":true},"${TOPIC}"]`);
      await until(() => frames.length === 2, 'both frames');
      expect(errors.map(({ message }) => message)).to.eql(['oops']);
    } finally {
      for (const handler of handlers) process.on('uncaughtException', handler);
    }
    socket.close();
  });
});
