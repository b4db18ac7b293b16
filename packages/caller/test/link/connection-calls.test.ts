import { once } from 'node:events';
import { type Connection, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import type { AsyncCall, CallControls, CompleteCall } from '../../src/link/async-call.ts';
import type { Outcome } from '../../src/link/call.ts';
import { ask, callText, echo, openLink, result } from './support/stage.ts';

/** Calls that the test answers. */
class Desk {
  readonly calls: { request: CompleteCall; controls: CallControls; answer: (outcome: Outcome) => void }[] = [];

  readonly call: AsyncCall = (request, controls) => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.calls.push({ request, controls, answer: resolve });
    return promise;
  };

  async next() {
    const call = await waitFor(() => this.calls.shift(), { what: 'a call' });
    return call;
  }
}

const row = (kind: string, payload: string | null = null) => ({ kind, payload, args: null, kwargs: null });
const stream = { receive_progress: true };

async function abortOf({ signal }: CallControls, milliseconds: number): Promise<void> {
  if (!signal.aborted) await withDeadline(once(signal, 'abort'), milliseconds, 'the signal to abort');
}

describe('A call over the link', () => {
  it('is passed on with the unchanged text of its arguments', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    const args = '[12345678901234567890, 1.500, "a,\\"]\\\\", {"b": [1]}]';
    const identity = '{"session_user":"app","role":"crew","pid":7,"forward_for":[{"authid":"a"}],"transaction":"3/4"}';
    const answer = ask(client, `["call",4503599627370497, "com.é.x",{"timeout":5},${identity}]\n${args}\n{"k": 0.10}`);
    const { request, answer: reply } = await desk.next();
    reply(result(null));
    expect(await answer).to.deep.equal(row('result'));
    expect(request).to.deep.equal({
      id: 4503599627370497,
      procedure: 'com.é.x',
      args,
      kwargs: '{"k": 0.10}',
      options: { timeout: 5 },
      identity: JSON.parse(identity),
    });
  });

  it('is answered with its outcome', async () => {
    const outcomes: Outcome[] = [
      result('{"a": "ü\\u0000"}'),
      result(`"${'é'.repeat(5_000_000)}"`),
      { kind: 'error', payload: 'com.example.error', args: '["no"]', kwargs: '{"a": 1}' },
      { kind: 'lost', payload: 'the session was lost', args: null, kwargs: null },
    ];
    await using stage = await openLink(async ({ id }) => outcomes[id] ?? result(null));
    await using client = await stage.connect();
    for (const [id, outcome] of outcomes.entries()) expect(await ask(client, callText(id))).to.deep.equal(outcome);
  });

  it('is pending after a moment, as often as one waits for it', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    for (const text of [callText(1), '["wait",1]', '["wait",1]']) {
      const began = performance.now();
      expect(await ask(client, text)).to.deep.equal(row('pending'));
      expect(performance.now() - began).to.be.at.least(40);
    }
    (await desk.next()).answer(result('1'));
    expect(await ask(client, '["wait",1]')).to.deep.equal(row('result', '1'));
    expect((await rejection<pg.DatabaseError>(ask(client, '["wait",1]'))).code).to.equal('42704');
  });

  it('is one of several open calls, each identified by its number', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    await ask(client, callText(1));
    const inner = ask(client, callText(2));
    const [first, second] = [await desk.next(), await desk.next()];
    second.answer(result('2'));
    expect(await inner).to.deep.equal(row('result', '2'));
    expect((await rejection<pg.DatabaseError>(ask(client, callText(1)))).code).to.equal('42710');
    first.answer(result('1'));
    expect(await ask(client, '["wait",1]')).to.deep.equal(row('result', '1'));
  });

  it('answers queries that were sent together one after the other', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect({ pipeline: true } as object);
    const ids = Array.from({ length: 500 }, (_, id) => id);
    const rows = await Promise.all(ids.map((id) => ask(client, callText(id, [id]))));
    expect(rows.map(({ payload }) => payload)).to.deep.equal(ids.map((id) => `[${id}]`));
  });
});

describe('A call that is no longer awaited', () => {
  const ends: Readonly<Record<string, (client: Connection) => unknown>> = {
    'its connection is closed': (client) => client.end(),
    'its connection is reset': (client) => socketOf(client).resetAndDestroy(),
    'its connection is half closed': (client) => socketOf(client).end(),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`is canceled immediately when ${what}`, async () => {
      const desk = new Desk();
      await using stage = await openLink(desk.call);
      await using client = await stage.connect();
      const gone = rejection(client.query(callText(1)));
      const { controls, answer } = await desk.next();
      await end(client);
      await abortOf(controls, 50);
      answer(result('1'));
      await gone;
      await waitFor(() => stage.link.connections === 0, { what: 'the connection to be gone' });
    });
  }

  it('is canceled by its number', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    await ask(client, callText(1));
    expect(await ask(client, '["cancel",1]')).to.deep.equal(row('end'));
    await abortOf((await desk.next()).controls, 50);
    expect(await ask(client, '["cancel",1]')).to.deep.equal(row('end'));
    expect((await rejection<pg.DatabaseError>(ask(client, '["wait",1]'))).code).to.equal('42704');
  });

  it('is canceled when the link closes, and the backend receives the reason', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    const error = rejection<pg.DatabaseError>(client.query(callText(1)));
    const { controls } = await desk.next();
    await stage.link.close();
    await abortOf(controls, 50);
    expect((await error).code).to.equal('57P01');
  });
});

describe('A call with progressive results', () => {
  it('returns them one by one, in order, and then the final result', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    const first = ask(client, callText(1, null, stream));
    const { controls, answer } = await desk.next();
    for (const payload of ['1', '2', null]) controls.onProgress(payload);
    answer(result('"done"'));
    expect(await first).to.deep.equal(row('progress', '1'));
    expect(await ask(client, '["next",1]')).to.deep.equal(row('progress', '2'));
    expect(await ask(client, '["next",1]')).to.deep.equal(row('progress'));
    expect(await ask(client, '["next",1]')).to.deep.equal(row('end', '"done"'));
    expect((await rejection<pg.DatabaseError>(ask(client, '["next",1]'))).code).to.equal('42704');
  });

  it('returns each when it arrives, and an error after the earlier ones', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    expect(await ask(client, callText(1, null, stream))).to.deep.equal(row('pending'));
    const { controls, answer } = await desk.next();
    const next = ask(client, '["next",1]');
    controls.onProgress('1');
    answer({ kind: 'error', payload: 'com.example.error', args: '[]', kwargs: '{}' });
    expect(await next).to.deep.equal(row('progress', '1'));
    expect(await ask(client, '["next",1]')).to.include({ kind: 'error', payload: 'com.example.error' });
  });

  const bursts = { rows: '1', characters: `"${'x'.repeat(100_000)}"` };
  for (const [what, payload] of Object.entries(bursts)) {
    it(`asks its callee to wait when too many ${what} are waiting, until half of them are taken`, async () => {
      const desk = new Desk();
      await using stage = await openLink(desk.call);
      await using client = await stage.connect();
      await ask(client, callText(1, null, stream));
      const { controls } = await desk.next();
      let waiting = 0;
      let room: Promise<void> | undefined;
      for (; !room && waiting < 2000; waiting += 1) room = controls.onProgress(payload);
      expect(waiting).to.be.within(10, 1000);
      let resumed = false;
      void room?.then(() => {
        resumed = true;
      });
      let taken = 0;
      for (; !resumed && taken < waiting; taken += 1) await ask(client, '["next",1]');
      expect(taken).to.be.within(Math.floor(waiting * 0.4), Math.ceil(waiting * 0.6));
    });
  }

  it('does not leave its callee waiting when it is canceled', async () => {
    const desk = new Desk();
    await using stage = await openLink(desk.call);
    await using client = await stage.connect();
    await ask(client, callText(1, null, stream));
    const { controls } = await desk.next();
    let room: Promise<void> | undefined;
    while (!room) room = controls.onProgress('1');
    await ask(client, '["cancel",1]');
    await withDeadline(room, 20_000, 'the callee to go on');
    expect(controls.onProgress('1')).to.equal(undefined);
  });
});

function socketOf(client: Connection) {
  return (client as unknown as { connection: { stream: import('node:net').Socket } }).connection.stream;
}
