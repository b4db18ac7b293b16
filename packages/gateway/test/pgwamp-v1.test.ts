import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { clients, openStage } from './support/gateway.ts';
import { open, openV1, refused } from './support/socket.ts';

const ofType = (type: string) => (message: Record<string, unknown>) => message.type === type;
const payloadsOf = (messages: Record<string, unknown>[]) => messages.filter(ofType('message')).map((it) => it.payload);

describe('pgwamp.v1: socket', () => {
  it('receives "listening" after LISTEN, and each message with its id and channel', async () => {
    await using stage = await openStage();
    await using socket = await openV1(stage.url('/listen/a'));
    expect(socket.webSocket.protocol).to.equal('pgwamp.v1');
    const listening = await socket.message(ofType('listening'));
    expect(listening).to.have.all.keys('type', 'channel', 'id');
    const awkward = '"\\ \u2028 €𝄞 \n {"a":1}';
    await stage.notify('a', 'one', awkward);
    await socket.frames(3);
    const [, one, two] = socket.messages;
    expect(one).to.deep.include({ type: 'message', channel: 'a', payload: 'one' });
    expect(two).to.deep.include({ payload: awkward });
    const [epoch, offset] = String(listening.id).split(':');
    expect([one?.id, two?.id]).to.deep.equal([`${epoch}:${Number(offset) + 1}`, `${epoch}:${Number(offset) + 2}`]);
  });

  it('receives several channels and patterns of configured ones, in the order of the messages', async () => {
    await using stage = await openStage({ channels: ['a', 'b.x', 'b.y', 'c*'] });
    await using socket = await openV1(stage.url('/listen/a?channel=b.*&channel=c1'));
    await socket.frames(4);
    expect(socket.messages.map(({ channel }) => channel)).to.have.members(['a', 'b.x', 'b.y', 'c1']);
    const names = ['a', 'b.x', 'a', 'b.y', 'c1', 'b.x', 'a'];
    for (const [index, name] of names.entries()) await stage.notify(name, String(index));
    await socket.frames(11);
    expect(socket.messages.slice(4).map(({ channel, payload }) => `${channel} ${payload}`)).to.deep.equal(
      names.map((name, index) => `${name} ${index}`),
    );
    await using connection = await stage.database.connect();
    await connection.query(`BEGIN; ${names.map((name, index) => `NOTIFY "${name}", 'x${index}'`).join('; ')}; COMMIT`);
    await socket.frames(18);
    expect(payloadsOf(socket.messages).slice(7)).to.deep.equal(names.map((_, index) => `x${index}`));
    expect((await refused(stage.url('/listen/d.*'), ['pgwamp.v1'])).status).to.equal(403);
  });

  it('subscribes and unsubscribes by messages', async () => {
    await using stage = await openStage({ channels: ['a', 'b'] });
    await using socket = await openV1(stage.url('/listen'));
    socket.send({ type: 'subscribe', channel: 'a' });
    await socket.message(ofType('listening'));
    socket.send({ type: 'subscribe', channel: 'c' });
    expect(await socket.message(ofType('refused'))).to.include({ channel: 'c' });
    socket.send({ type: 'subscribe', channel: 'b' });
    socket.send({ type: 'subscribe', channel: 'b' });
    await socket.message(({ type, channel }) => type === 'listening' && channel === 'b');
    await stage.notify('a', 'from a');
    await stage.notify('b', 'from b');
    await socket.message(({ payload }) => payload === 'from b');
    socket.send({ type: 'unsubscribe', channel: 'a' });
    await socket.message(ofType('unsubscribed'));
    await stage.notify('a', 'too late');
    await stage.notify('b', 'last');
    await socket.message(({ payload }) => payload === 'last');
    expect(payloadsOf(socket.messages)).to.deep.equal(['from a', 'from b', 'last']);
  });

  it('is answered with listening for channels it has already', async () => {
    await using stage = await openStage({ limits: { max_channels_per_client: 2 } });
    await using socket = await openV1(stage.url('/listen/a?channel=b'));
    await stage.notify('a', 'one');
    await socket.frames(3);
    socket.send({ type: 'subscribe', channels: ['a', 'b', 'a'], since: 'other:1' });
    await socket.frames(5);
    expect(socket.messages.slice(3).map(({ type, channel }) => [type, channel])).to.deep.equal([
      ['listening', 'a'],
      ['listening', 'b'],
    ]);
    await stage.notify('a', 'two');
    await socket.frames(6);
    expect(payloadsOf(socket.messages)).to.deep.equal(['one', 'two']);
    socket.send({ type: 'unsubscribe', channel: 'a' });
    socket.send({ type: 'unsubscribe', channel: 'b' });
    await socket.frames(8);
    expect(socket.messages.slice(6).map(({ type }) => type)).to.deep.equal(['unsubscribed', 'unsubscribed']);
  });

  it('subscribes to several channels with one message, and is told of each refusal', async () => {
    await using stage = await openStage({ channels: ['a', 'b.x', 'b.y'], limits: { max_channels_per_client: 3 } });
    await using first = await openV1(stage.url('/listen'));
    first.send({ type: 'subscribe', channels: ['a', 'b.*'] });
    await first.frames(3);
    const { id } = first.messages.at(-1) ?? {};
    await first[Symbol.asyncDispose]();
    for (const name of ['b.x', 'a', 'b.y', 'a']) await stage.notify(name, `to ${name}`);
    await waitFor(() => stage.gateway.status().messagesIn === 4, { what: 'the messages' });
    await using socket = await openV1(stage.url('/listen'));
    socket.send({ type: 'subscribe', channels: ['a', 'secret', 'b.x', 'c.*', 'b.*', '\0'], since: id });
    await socket.frames(10);
    expect(payloadsOf(socket.messages)).to.deep.equal(['to b.x', 'to a', 'to b.y', 'to a']);
    const refusals = socket.messages.filter(ofType('refused')).map(({ channel }) => channel);
    expect(refusals).to.have.members(['secret', 'c.*', '\0']);
    expect(socket.messages.filter(ofType('listening'))).to.have.length(3);
    await using other = await openV1(stage.url('/listen/a'));
    other.send({ type: 'subscribe', channels: ['b.x', 'b.y'] });
    await other.frames(3);
    other.send({ type: 'unsubscribe', channel: 'b.*' });
    await other.message(ofType('unsubscribed'));
    await stage.notify('b.x', 'no more');
    await stage.notify('a', 'last');
    await other.message(({ payload }) => payload === 'last');
    expect(payloadsOf(other.messages)).to.deep.equal(['last']);
  });

  it('receives an error for each wrong message', async () => {
    await using stage = await openStage();
    await using socket = await openV1(stage.url('/listen/a'));
    await socket.frames(1);
    for (const text of [
      '{',
      '1',
      '{"type":"x"}',
      '{"type":"subscribe"}',
      '{"type":"subscribe","channel":"b","since":"?"}',
      '{"type":"subscribe","channel":"b","channels":[]}',
      '{"type":"subscribe","channels":"b"}',
      '{"type":"subscribe","channel":7}',
      '{"type":"unsubscribe"}',
      '{"type":"unsubscribe","channel":null}',
      '{"type":"send","payload":"\\ud800"}',
      '{"type":"send","payload":"\\u0000"}',
      '{"type":"token"}',
      '["subscribe"]',
      'null',
      '{"type":"__proto__"}',
      '',
    ]) {
      socket.webSocket.send(text);
    }
    socket.send({ type: 'send', payload: 'x', ref: 7 });
    await socket.frames(19);
    const errors = socket.messages.filter(ofType('error'));
    expect(errors).to.have.length(18);
    expect(errors.at(-1)).to.include({ ref: 7 });
    for (const { reason } of errors) expect(reason).to.be.a('string').and.not.equal('internal error');
  });
});

describe('pgwamp.v1: resuming client', () => {
  it('receives exactly the missed messages, even if no client was listening', async () => {
    await using stage = await openStage();
    const socket = await openV1(stage.url('/listen/a?channel=b'));
    await stage.notify('a', 'a1');
    const { id } = await socket.message(ofType('message'));
    await socket[Symbol.asyncDispose]();
    await clients(stage.gateway, 0);
    for (const name of ['b', 'a', 'b']) await stage.notify(name, `missed ${name}`);
    await stage.notify('b', 'end');
    await waitFor(() => stage.gateway.status().messagesIn === 5, { what: 'the messages' });
    await using again = await openV1(stage.url(`/listen/a?channel=b&since=${id}`));
    await again.frames(6);
    expect(payloadsOf(again.messages)).to.deep.equal(['missed b', 'missed a', 'missed b', 'end']);
    expect(again.messages.slice(4).map(({ type }) => type)).to.deep.equal(['listening', 'listening']);
    expect(stage.gateway.status()).to.include({ exactResumes: 2, gapResumes: 0, gaps: 0 });
  });

  it('receives a gap if the history is too short', async () => {
    await using stage = await openStage({ history: { messages: 2 } });
    await using first = await openV1(stage.url('/listen/a'));
    const { id } = await first.message(ofType('listening'));
    await stage.notify('a', 'one', 'two', 'three');
    const all = (await first.frames(4)).slice(1).map((text) => JSON.parse(text));
    await using second = await openV1(stage.url(`/listen/a?since=${id}`));
    await second.frames(4);
    const [gap, ...rest] = second.messages;
    expect(gap).to.include({ type: 'gap', channel: 'a', from: id, to: all[0].id });
    expect(payloadsOf(rest)).to.deep.equal(['two', 'three']);
    await using third = await openV1(stage.url(`/listen/a?since=${all[0].id}`));
    await third.frames(3);
    expect(third.messages.map(({ type }) => type)).to.deep.equal(['message', 'message', 'listening']);
  });

  it('receives a gap if its position is of another gateway', async () => {
    await using stage = await openStage();
    await using socket = await openV1(stage.url('/listen/a?since=other:5'));
    expect(await socket.message(ofType('gap'))).to.include({ channel: 'a', from: 'other:5' });
    expect((await refused(stage.url('/listen/a?since=nonsense'), ['pgwamp.v1'])).status).to.equal(400);
  });

  it('receives a gap if its position is in the future', async () => {
    await using stage = await openStage();
    await using first = await openV1(stage.url('/listen/a'));
    const { id } = await first.message(ofType('listening'));
    const future = String(id).replace(/\d+$/, '999999');
    await using second = await openV1(stage.url(`/listen/a?since=${future}`));
    expect(await second.message(ofType('gap'))).to.include({ from: future, to: id });
    await stage.notify('a', 'one');
    await second.message(({ payload }) => payload === 'one');
  });

  it('may unsubscribe during the replay, and resume again', async () => {
    await using stage = await openStage();
    await using first = await openV1(stage.url('/listen/a'));
    const { id } = await first.message(ofType('listening'));
    await stage.notify('a', ...Array.from({ length: 500 }, (_, index) => `${index}${'x'.repeat(1000)}`));
    await first.frames(501);
    await using again = await openV1(stage.url('/listen'));
    again.send({ type: 'subscribe', channel: 'a', since: id });
    again.send({ type: 'unsubscribe', channel: 'a' });
    await again.message(ofType('unsubscribed'));
    await stage.notify('a', 'not for the second');
    await first.message(({ payload }) => payload === 'not for the second');
    const { length } = again.received;
    again.send({ type: 'subscribe', channel: 'a', since: again.messages.findLast(({ id: place }) => place)?.id });
    await again.message(({ payload }) => payload === 'not for the second');
    await again.frames(length + 2);
    expect(payloadsOf(again.messages)).to.deep.equal(payloadsOf(first.messages));
    expect(again.messages.filter(ofType('gap'))).to.deep.equal([]);
  });

  it('receives missed messages while plain sockets are not disturbed', async () => {
    await using stage = await openStage();
    await using plain = await open(stage.url('/listen/a'));
    await using socket = await openV1(stage.url('/listen/a'));
    await socket.frames(1);
    await stage.notify('a', 'for both');
    await socket.frames(2);
    expect(await plain.frames(1)).to.deep.equal(['for both']);
  });
});
