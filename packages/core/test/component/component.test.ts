import { ConfigurationError, DatabaseLostError, SchemaMissingError, StoppedError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { aborted, stayOpen } from '../../src/component/index.ts';
import { componentOf, type TestComponent, TestPart } from '../support/component.ts';

/** One part, "database", that is opened by a function. */
function withDatabase(
  open: (until: AbortSignal) => Promise<TestPart>,
  options: Parameters<typeof componentOf>[1] = {},
): TestComponent {
  return componentOf(
    { parts: { database: open }, run: ({ database }, { stop }) => database?.keep(stayOpen, stop) ?? expect.fail() },
    options,
  );
}

async function works(): Promise<TestPart> {
  return new TestPart();
}

/** Fails so many times, with the same error, and then works. */
function afterFailures(count: number, message = 'nobody there') {
  let attempts = 0;
  return async () => {
    attempts += 1;
    if (attempts <= count) throw new DatabaseLostError(message);
    return new TestPart();
  };
}

/** An error that waiting cannot fix. */
class WrongPasswordError extends DatabaseLostError {
  override readonly permanent = true;
}

describe('Component', () => {
  it('runs after start(), and has closed its parts after stop()', async () => {
    const part = new TestPart();
    await using test = withDatabase(async () => part);
    expect(test.component.status()).to.deep.equal({ state: 'stopped', error: undefined, reconnects: 0, waitsFor: [] });
    await test.component.start();
    expect(test.component.status().state).to.equal('running');
    await test.component.stop();
    expect(test.states).to.deep.equal(['starting', 'running', 'stopping', 'stopped']);
    expect(part).to.include({ closed: 1, destroyed: false });
  });

  it('can be started or stopped several times at the same time', async () => {
    let opened = 0;
    await using test = withDatabase(async () => {
      opened += 1;
      return new TestPart();
    });
    await test.component.stop();
    await Promise.all([test.component.start(), test.component.start()]);
    await test.component.start();
    expect(opened).to.equal(1);
    await Promise.all([test.component.stop(), test.component.stop()]);
    expect(test.component.status().state).to.equal('stopped');
  });

  it('can be started again after stop(), and while it stops', async () => {
    await using test = withDatabase(works);
    for (const _ of [1, 2]) {
      await test.component.start();
      await test.component.stop();
    }
    await test.component.start();
    const stopping = test.component.stop();
    await test.component.start();
    await stopping;
    expect(test.component.status().state).to.equal('running');
    expect(test.states.filter((state) => state === 'running')).to.have.length(4);
  });

  it('stops on dispose', async () => {
    const test = withDatabase(works);
    await test.component.start();
    await test.component[Symbol.asyncDispose]();
    expect(test.component.status().state).to.equal('stopped');
  });
});

describe('Component: start', () => {
  it('retries temporary failures, and logs a repeated failure once', async () => {
    await using test = withDatabase(afterFailures(3));
    await withDeadline(test.component.start(), 10_000, 'the fourth attempt');
    expect(test.component.status()).to.deep.equal({ state: 'running', error: undefined, reconnects: 3, waitsFor: [] });
    expect(test.states).to.deep.equal(['starting', 'running']);
    expect(test.lines.map(({ level }) => level)).to.deep.equal(['warn']);
    expect(test.lines[0]).to.include({ part: 'database', code: 'PGWAMP_DATABASE_LOST' });
    expect(test.lines[0]?.msg).to.match(/^connection to PostgreSQL lost: nobody there; retrying in 0\.\d s$/);
    expect(test.lines[0]).not.to.have.property('err');
  });

  it('logs a failure again when its message changes, and a fault with its stack trace', async () => {
    let attempts = 0;
    await using test = withDatabase(async () => {
      attempts += 1;
      if (attempts === 1) throw new DatabaseLostError('no route');
      if (attempts === 2) throw new DatabaseLostError('refused');
      if (attempts === 3) throw new TypeError('a fault');
      return new TestPart();
    });
    await withDeadline(test.component.start(), 10_000, 'the fourth attempt');
    expect(test.lines.map(({ msg }) => msg.replace(/; .*/, ''))).to.deep.equal([
      'connection to PostgreSQL lost: no route',
      'connection to PostgreSQL lost: refused',
      'a fault',
    ]);
    expect(test.lines.map(({ err }) => err !== undefined)).to.deep.equal([false, false, true]);
  });

  for (const [what, error] of [
    ['a fatal error', new SchemaMissingError('shop', 'crossbar')],
    ['what waiting cannot fix', new WrongPasswordError('wrong password')],
  ] as const) {
    it(`rejects with ${what}, and can be started again`, async () => {
      let isFixed = false;
      await using test = withDatabase(async () => {
        if (!isFixed) throw error;
        return new TestPart();
      });
      expect(await rejection(test.component.start())).to.equal(error);
      expect(test.component.status()).to.deep.equal({ state: 'stopped', error, reconnects: 0, waitsFor: [] });
      expect(test.lines.map(({ level, msg }) => `${level} ${msg}`)).to.deep.equal([`error gave up: ${error.message}`]);
      isFixed = true;
      await test.component.start();
      expect(test.component.status()).to.deep.equal({
        state: 'running',
        error: undefined,
        reconnects: 0,
        waitsFor: [],
      });
    });
  }

  it('retries permanent errors with startup "wait", but not fatal ones', async () => {
    let error: Error = new WrongPasswordError('wrong password');
    let attempts = 0;
    const open = async () => {
      attempts += 1;
      if (attempts > 2) throw error;
      throw new WrongPasswordError('wrong password');
    };
    await using test = withDatabase(open, { startup: 'wait' });
    const started = rejection(test.component.start());
    await waitFor(() => attempts > 2, { what: 'the third attempt' });
    error = new ConfigurationError([{ keys: ['extra'], message: 'wrong' }]);
    expect(await started).to.equal(error);
  });

  it('rejects with StoppedError if stop() is called while it connects, even if the server never answers', async () => {
    const late = Promise.withResolvers<TestPart>();
    await using test = withDatabase(() => late.promise);
    const started = rejection(test.component.start());
    await test.component.stop();
    expect(await started).to.be.instanceOf(StoppedError);
    const part = new TestPart();
    late.resolve(part);
    await waitFor(() => part.closed === 1, { what: 'the part that came too late to be closed' });
  });

  it('rejects with StoppedError if stop() is called while it waits for the next attempt (AutobahnJS trap 6)', async () => {
    let attempts = 0;
    await using test = withDatabase(async () => {
      attempts += 1;
      throw new Error('nobody there');
    });
    const started = rejection(test.component.start());
    await waitFor(() => attempts >= 5, { what: 'some attempts' });
    await test.component.stop();
    expect(await started).to.be.instanceOf(StoppedError);
    expect(test.component.status().state).to.equal('stopped');
  });
});

describe('Component: loss of a part', () => {
  it('opens the part again, and clears the error when it works', async () => {
    const parts: TestPart[] = [];
    await using test = withDatabase(async () => {
      const part = new TestPart();
      parts.push(part);
      return part;
    });
    await test.component.start();
    for (const [index, message] of ['first', 'second'].entries()) {
      const error = new DatabaseLostError(message);
      parts[index]?.lose(error);
      expect(await waitFor(() => test.component.status().error, { what: 'the loss' })).to.equal(error);
      expect(test.component.status().state).to.equal('reconnecting');
      await waitFor(() => test.component.status().state === 'running', { what: 'the part to be back' });
      expect(parts[index]?.closed).to.equal(1);
    }
    expect(test.component.status()).to.deep.equal({ state: 'running', error: undefined, reconnects: 2, waitsFor: [] });
    expect(test.states.join()).to.equal('starting,running,reconnecting,running,reconnecting,running');
  });

  it('retries permanent errors after the first success, and stops after a fatal one', async () => {
    const parts: TestPart[] = [];
    const failures: Error[] = [new WrongPasswordError('wrong'), new WrongPasswordError('still')];
    const fatal = new SchemaMissingError('shop', 'crossbar');
    await using test = withDatabase(async () => {
      const failure = parts.length > 0 && failures.shift();
      if (failure) throw failure;
      const part = new TestPart();
      parts.push(part);
      return part;
    });
    await test.component.start();
    parts[0]?.lose(new DatabaseLostError('restart'));
    await waitFor(() => parts.length === 2, { what: 'the password to be right again' });
    failures.push(fatal);
    parts[1]?.lose(new DatabaseLostError('restart'));
    await waitFor(() => test.component.status().state === 'stopped', { what: 'the component to give up' });
    expect(test.component.status().error).to.equal(fatal);
    expect(test.lines.at(-1)).to.include({ level: 'error', part: 'database' });
  });

  it('increases the pauses until the part has done useful work', async () => {
    let worked = 0;
    let opened = 0;
    const pauses: number[] = [];
    let useful = false;
    const open = async () => {
      opened += 1;
      const part = new TestPart();
      if (useful) worked += 1;
      setImmediate(() => part.lose(new Error(`lost ${opened}`)));
      return part;
    };
    await using test = componentOf({
      parts: { database: [open, { work: () => worked }] },
      run: ({ database }, { stop }) => database?.keep(stayOpen, stop) ?? expect.fail(),
    });
    await test.component.start();
    await waitFor(() => opened >= 4, { what: 'some attempts' });
    useful = true;
    const before = opened;
    await waitFor(() => opened >= before + 3, { what: 'attempts with work' });
    await test.component.stop();
    for (const { msg } of test.lines) pauses.push(Number(/in ([\d.]+) s/.exec(msg)?.[1] ?? Number.NaN));
    expect(pauses[0]).to.be.at.most(0.1);
    expect(pauses[2]).to.be.at.least(0.2);
    expect(pauses.slice(-1)[0]).to.be.at.most(0.1);
  });

  it('has started when it is a standby, and runs after its election', async () => {
    const turn = Promise.withResolvers<void>();
    await using test = componentOf({
      parts: { database: works },
      run: async ({ database }, { stop, standby }) =>
        database?.keep(async (part, use) => {
          standby();
          await turn.promise;
          await stayOpen(part, use);
        }, stop),
    });
    await test.component.start();
    expect(test.component.status().state).to.equal('standby');
    turn.resolve();
    await waitFor(() => test.component.status().state === 'running', { what: 'its turn' });
  });
});

describe('Component: nested parts', () => {
  it('closes both parts when one is lost, and logs the lost one', async () => {
    const opened: Record<string, TestPart[]> = { database: [], session: [] };
    const open = (name: string) => async () => {
      const part = new TestPart();
      opened[name]?.push(part);
      return part;
    };
    await using test = componentOf({
      parts: { database: open('database'), session: open('session') },
      run: async ({ database, session }, { stop }) =>
        database?.keep(async (connection, { until, ready }) => {
          ready();
          await session?.use(async (joined, use) => {
            use.ready();
            await aborted(AbortSignal.any([connection.lost, joined.lost, use.until]));
            if (!use.until.aborted) connection.lost.throwIfAborted();
          }, until);
        }, stop),
    });
    await test.component.start();
    for (const [index, name] of ['session', 'database'].entries()) {
      opened[name]?.[index]?.lose(new Error(`the ${name}`));
      await waitFor(() => test.component.status().state === 'running' && opened.session?.length === index + 2, {
        what: 'both to be back',
      });
      expect(opened.database?.[index]?.closed).to.equal(1);
      expect(opened.session?.[index]?.closed).to.equal(1);
    }
    expect(test.component.status().reconnects).to.equal(2);
    expect(test.lines.map(({ part, msg }) => `${part}: ${msg.replace(/; .*/, '')}`)).to.deep.equal([
      'session: the session',
      'database: the database',
    ]);
  });
});

describe('Component: independent parts', () => {
  /** A database that is kept open while a session is used. The test defines the use of the session. */
  function sideBySide(parts: { database: () => Promise<TestPart>; session: () => Promise<TestPart> }) {
    return componentOf({
      parts,
      run: async ({ database, session }, { stop }) =>
        database?.keepWhile(stayOpen, async (failed) => session?.keep(stayOpen, AbortSignal.any([stop, failed]))),
    });
  }

  it('reopens a lost part alone, and runs when both are ready', async () => {
    const sessions: TestPart[] = [];
    const database = new TestPart();
    const opening = Promise.withResolvers<TestPart>();
    await using test = sideBySide({
      database: () => opening.promise,
      session: async () => {
        const session = new TestPart();
        sessions.push(session);
        return session;
      },
    });
    const started = test.component.start();
    await waitFor(() => sessions.length === 1, { what: 'the session' });
    expect(test.component.status().state).to.equal('starting');
    opening.resolve(database);
    await started;
    sessions[0]?.lose(new Error('lost'));
    await waitFor(() => sessions.length === 2 && test.component.status().state === 'running', { what: 'the session' });
    expect(database.closed).to.equal(0);
    await test.component.stop();
    expect([database.closed, sessions[1]?.closed]).to.deep.equal([1, 1]);
  });

  it('ends both parts when one fails permanently', async () => {
    const session = new TestPart();
    const error = new SchemaMissingError('shop', 'crossbar');
    await using test = sideBySide({
      database: () => Promise.reject(error),
      session: async () => session,
    });
    expect(await rejection(test.component.start())).to.equal(error);
    await waitFor(() => test.component.status().state === 'stopped', { what: 'its end' });
    expect(session.closed).to.be.at.most(1);
  });

  it('lets a part wait for the presence or absence of another one', async () => {
    const parts: TestPart[] = [];
    const seen: string[] = [];
    const absent = Promise.withResolvers<void>();
    let isAway = false;
    await using test = componentOf({
      parts: {
        database: async () => {
          if (isAway) throw new Error('away');
          const part = new TestPart();
          parts.push(part);
          return part;
        },
        session: works,
      },
      run: async ({ database, session }, { stop }) =>
        database?.keepWhile(stayOpen, async () => {
          await session?.keep(async (_, { until, ready }) => {
            seen.push(String((await database.present(until)) === parts[0]));
            ready();
            using absence = database.absence(50);
            await aborted(AbortSignal.any([until, absence.signal]));
            if (absence.signal.aborted) absent.resolve();
            await aborted(until);
          }, stop);
        }),
    });
    await test.component.start();
    isAway = true;
    parts[0]?.lose(new Error('lost'));
    await withDeadline(absent.promise, 10_000, 'the absence');
    isAway = false;
    await waitFor(() => test.component.status().state === 'running', { what: 'the database' });
    expect(seen).to.deep.equal(['true']);
  });
});

describe('Component: stop', () => {
  it('waits for running work', async () => {
    const finish = Promise.withResolvers<void>();
    let isFinished = false;
    await using test = componentOf({
      parts: { database: works },
      run: async ({ database }, { stop }) =>
        database?.keep(async (part, use) => {
          await stayOpen(part, use);
          await finish.promise;
          isFinished = true;
        }, stop),
    });
    await test.component.start();
    const stopped = test.component.stop();
    expect(test.component.status().state).to.equal('stopping');
    finish.resolve();
    await stopped;
    expect(isFinished).to.equal(true);
    expect(test.lines).to.deep.equal([]);
  });

  it('cancels running work after the time limit, destroys open parts, and ends in any case', async () => {
    const part = new TestPart();
    let isCut = false;
    await using test = componentOf(
      {
        parts: { database: async () => part },
        run: async ({ database }, { stop, cut }) =>
          database?.keep(async (open, use) => {
            await stayOpen(open, use);
            await aborted(cut);
            isCut = true;
            await new Promise(() => undefined);
          }, stop),
      },
      { drain: 20 },
    );
    await test.component.start();
    await withDeadline(test.component.stop(), 10_000, 'stop to end');
    expect([isCut, part.destroyed, test.component.status().state]).to.deep.equal([true, true, 'stopped']);
    expect(test.lines.map(({ msg }) => msg)).to.deep.equal([
      'stopping has taken 20 ms: canceling running work',
      'stopped although connections are still being closed',
    ]);
  });

  it('destroys parts that are still closing', async () => {
    class SlowPart extends TestPart {
      override async [Symbol.asyncDispose]() {
        await aborted(this.lost);
        await super[Symbol.asyncDispose]();
      }
    }
    const part = new SlowPart();
    await using test = componentOf(
      {
        parts: { server: async () => part },
        run: async ({ server }, { stop }) => server?.keep(stayOpen, stop),
      },
      { drain: 20 },
    );
    await test.component.start();
    await withDeadline(test.component.stop(), 10_000, 'stop to end');
    expect(part).to.include({ closed: 1, destroyed: true });
    expect(test.lines.map(({ msg }) => msg)).to.deep.equal(['stopping has taken 20 ms: canceling running work']);
  });

  it('does not reconnect after the time limit, and logs no reconnection', async () => {
    let opened = 0;
    const part = new TestPart();
    await using test = componentOf(
      {
        parts: {
          session: async () => {
            opened += 1;
            return part;
          },
          database: works,
        },
        run: async ({ session, database }, { stop }) =>
          session?.keepWhile(stayOpen, async (failed) => {
            await database?.keep(stayOpen, AbortSignal.any([stop, failed]));
            // Running work ends only when the session is lost.
            await aborted(part.lost);
          }),
      },
      { drain: 20 },
    );
    await test.component.start();
    await withDeadline(test.component.stop(), 10_000, 'stop to end');
    expect([opened, part.destroyed, test.component.status().reconnects]).to.deep.equal([1, true, 0]);
    expect(test.lines.map(({ msg }) => msg)).to.deep.equal(['stopping has taken 20 ms: canceling running work']);
  });

  it('logs failures while stopping', async () => {
    await using test = componentOf({
      parts: { database: works },
      run: async ({ database }, { stop }) =>
        database?.keep(async (part, use) => {
          await stayOpen(part, use);
          throw new Error('too late');
        }, stop),
    });
    await test.component.start();
    await test.component.stop();
    expect(test.component.status().state).to.equal('stopped');
    expect(test.lines.map(({ level, msg }) => `${level} ${msg}`)).to.deep.equal([
      'warn error while stopping: too late',
    ]);
  });

  it('ignores ready() while stopping', async () => {
    const proceed = Promise.withResolvers<void>();
    await using test = componentOf({
      parts: { database: works },
      run: async ({ database }, { stop }) =>
        database?.keep(async (part, use) => {
          await proceed.promise;
          await stayOpen(part, use);
        }, stop),
    });
    const started = rejection(test.component.start());
    const stopped = test.component.stop();
    proceed.resolve();
    await stopped;
    expect(await started).to.be.instanceOf(StoppedError);
    expect(test.states).not.to.include('running');
  });
});
