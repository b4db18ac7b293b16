import { join } from 'node:path';
import { Lost, Refused } from '@pgwamp/core';
import { startProcess, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { OpenSink } from '../../src/sinks/sink.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';
import { prepareStage } from '../support/stage.ts';

const never = () => new Promise<never>(() => undefined);

/** A sink of an application, which confirms everything unless something else is said. */
function sinkOf(own: Partial<OpenSink> = {}): OpenSink {
  return {
    lost: new AbortController().signal,
    send: async () => ({}),
    [Symbol.asyncDispose]: async () => undefined,
    ...own,
  };
}

const opened = (own: Partial<OpenSink>, options: object = {}) =>
  openSink({ kind: 'custom', open: async () => sinkOf(own), ...options });

/** The faults of `send`, and the resulting error. */
const failures: Readonly<Record<string, readonly [OpenSink['send'], new (...args: never) => Error, RegExp]>> = {
  'a refusal': [() => Promise.reject(new Refused('too_large', 'it is too large')), Refused, /^it is too large$/],
  'a loss': [() => Promise.reject(new Lost('cut', true)), Lost, /^connection to the broker of sink orders lost: cut$/],
  'another error': [() => Promise.reject(new Error('boom')), Lost, /lost: boom$/],
  'something else than an error': [() => Promise.reject('boom'), Lost, /lost: boom$/],
  'an error that it throws': [
    () => {
      throw new Error('boom');
    },
    Lost,
    /lost: boom$/,
  ],
  'no answer': [never, Lost, /lost: a message was not confirmed within 50 ms$/],
};

describe('Sink custom', () => {
  for (const [name, [send, kind, message]] of Object.entries(failures)) {
    it(`reports ${name}`, async () => {
      await using sink = await opened({ send }, { confirm_timeout: 50 });
      const error = await rejection(sink.send(outgoing('orders')));
      expect(error).to.be.instanceOf(kind);
      expect(error.message).to.match(message);
      expect(sink.lost.aborted).to.equal(kind === Lost);
      if (kind === Lost) expect((error as Lost).blamesMessage).to.equal(name === 'a loss');
    });
  }

  it('is lost when the sink of the application is lost, with all messages in flight', async () => {
    const lost = new AbortController();
    await using sink = await opened({ lost: lost.signal, send: never });
    const sending = rejection(sink.send(outgoing('orders')));
    lost.abort(new Lost('the network is down', false));
    expect((await sending).message).to.contain('the network is down');
    expect(sink.lost.aborted).to.equal(true);
    expect(await rejection(sink.send(outgoing('orders')))).to.be.instanceOf(Lost);
  });

  it('fails to open after connect_timeout, and closes what is opened later', async () => {
    const [late, closed] = [Promise.withResolvers<OpenSink>(), Promise.withResolvers<void>()];
    const opening = openSink({ kind: 'custom', open: () => late.promise, connect_timeout: 50 });
    expect((await rejection(opening)).message).to.equal('no answer within 50 ms');
    late.resolve(sinkOf({ [Symbol.asyncDispose]: async () => closed.resolve() }));
    await withDeadline(closed.promise, 20_000, 'the late sink to be closed');
  });

  it('logs the error of a sink that is opened too late and cannot be closed', async () => {
    const { log, lines } = keptLog();
    const late = Promise.withResolvers<OpenSink>();
    const opening = openSink({ kind: 'custom', open: () => late.promise, connect_timeout: 50 }, log);
    await rejection(opening);
    late.resolve(sinkOf({ [Symbol.asyncDispose]: () => Promise.reject(new Error('boom')) }));
    await waitFor(() => lines.some(({ msg }) => msg.endsWith('opened too late: boom')), { what: 'the line' });
  });

  it('closes within two seconds, and immediately after destroy()', async () => {
    const sink = await opened({ [Symbol.asyncDispose]: never });
    expect((await rejection(Promise.resolve(sink[Symbol.asyncDispose]()))).message).to.equal(
      'no answer within 2000 ms',
    );
    const destroyed = await opened({ [Symbol.asyncDispose]: never });
    const closing = destroyed[Symbol.asyncDispose]();
    destroyed.destroy?.();
    await withDeadline(Promise.resolve(closing), 1000, 'the sink to be closed');
  });

  for (const [what, own] of Object.entries({
    'send never settles': { send: never },
    'neither send nor closing settles': { send: never, [Symbol.asyncDispose]: never },
  })) {
    it(`lets the Proxy stop and start again if ${what}`, async () => {
      await using stage = await prepareStage();
      const open = async () => sinkOf(own);
      const sinks = { broker: { kind: 'custom' as const, open } };
      await using proxy = await stage.start({ sinks, drain: 100 });
      await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
      await waitFor(() => proxy.status().sinks.broker?.inFlight === 1, { what: 'a message in flight' });
      await withDeadline(proxy.stop(), 10_000, 'the Proxy to stop');
      expect(proxy.status().state).to.equal('stopped');
      await withDeadline(proxy.start(), 20_000, 'the Proxy to start again');
    });
  }

  it('lets the process end after stop() if send never settles', async () => {
    await using stage = await prepareStage();
    const { sinks: _, ...extra } = stage.options({ drain: 100 }).extra;
    const program = join(import.meta.dirname, '../fixtures/endless-sink-process.ts');
    await using running = await startProcess(program, { args: [JSON.stringify({ extra })] });
    await running.waitFor({ state: 'running' });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await running.waitFor({ state: 'stopped' });
    const { code } = await withDeadline(running.exited, 10_000, 'the process to end');
    expect(code).to.equal(0);
  });
});
