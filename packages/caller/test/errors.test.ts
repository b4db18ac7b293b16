import { WampError } from '@pgwamp/core';
import { startTcpProxy, withDeadline } from '@pgwamp/harness';
import { type CallerStage, callerOptions, openCallerStage, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { join, joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import type { AttachOptions, Router } from '@pgwamp/router';
import { expect } from 'chai';

/** The error in SQL for a call of `com.example.fail`. */
async function failure({ sql }: CallerStage, options: object = {}) {
  const {
    code,
    message,
    detail = 'null',
  } = await errorOf(sql.query(`SELECT crossbar.call('com.example.fail', '[1]', NULL, '${JSON.stringify(options)}')`));
  return { code, message, detail: JSON.parse(detail) };
}

/** A way to a router that makes nothing of the timeouts of calls, as Crossbar.io does, which takes them for seconds. */
function withoutTimeouts(router: Router) {
  const attach = (options?: AttachOptions) => {
    const socket = router.attach(options);
    const send = socket.send.bind(socket);
    socket.send = (frame) => send(frame.replace(/"timeout":\d+/, '"timeout":0'));
    return socket;
  };
  return { type: 'memory', router: { attach } } as const;
}

describe('A call that fails', () => {
  it('raises the error of the callee with all its details', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.fail', () => {
      throw new WampError('com.example.error.empty', ['no "milk"', 12345678901234567890n], { left: 0 });
    });
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.fail')`));
    expect(error).to.include({ code: 'CB001', message: 'com.example.error.empty: no "milk"' });
    expect(error.detail).to.match(
      /^\{"args": \["no \\"milk\\"", 12345678901234567890\], "error": "com.example.error.empty"/,
    );
    expect(JSON.parse(error.detail ?? '').kwargs).to.deep.equal({ left: 0 });
    expect(stage.caller.status()).to.deep.include({ calls: 1, failed: 1 });
  });

  it('has its own SQLSTATE for missing procedures, timeouts, cancellations and lost callees', async () => {
    await using stage = await openCallerStage();
    const none = await failure(stage);
    expect(none).to.deep.include({ code: 'CB002' });
    expect(none.detail).to.include({ error: 'wamp.error.no_such_procedure' });
    const never = () => new Promise(() => undefined);
    const unregister = await stage.callee.register('com.example.fail', never);
    const late = await withDeadline(failure(stage, { timeout: 50 }), 1000, 'the timeout');
    expect(late).to.deep.include({ code: 'CB003' });
    expect(late.detail).to.include({ error: 'wamp.error.timeout' });
    await unregister();
    await stage.callee.register('com.example.fail', () => {
      throw new WampError('wamp.error.canceled', ['not today']);
    });
    expect(await failure(stage)).to.deep.include({ code: 'CB004', message: 'wamp.error.canceled: not today' });
    await stage.callee.leave();
    await using mortal = await join(stage.router);
    await mortal.register('com.example.fail', () => mortal.leave());
    const dead = await withDeadline(failure(stage), 1000, 'the death to be known');
    expect(dead).to.deep.include({ code: 'CB005' });
    expect(dead.detail).to.include({ error: 'wamp.error.canceled' });
  });

  it('recognizes Crossbar.io’s texts for lost callees and timeouts', async () => {
    await using stage = await openCallerStage();
    let error = new WampError('wamp.error.canceled', ['callee disconnected from in-flight request']);
    await stage.callee.register('com.example.fail', () => {
      throw error;
    });
    expect(await failure(stage)).to.deep.include({ code: 'CB005' });
    error = new WampError('wamp.error.timeout', ['call timed out']);
    expect(await failure(stage)).to.deep.include({ code: 'CB003' });
  });

  it('ends in time also at a router that does not keep it, and has the callee interrupted', async () => {
    await using stage = await openCallerStage();
    await stage.caller.stop();
    await using _caller = await startCaller(callerOptions(stage.database, withoutTimeouts(stage.router)));
    const interrupted = Promise.withResolvers<void>();
    await stage.callee.register('com.example.fail', (_args, _kwargs, { signal }) => {
      signal.addEventListener('abort', () => interrupted.resolve());
      return new Promise(() => undefined);
    });
    const late = await failure(stage, { timeout: 100 });
    expect(late).to.deep.include({ code: 'CB003', message: 'wamp.error.timeout: no result within 100 ms' });
    await withDeadline(interrupted.promise, 1000, 'the INTERRUPT');
  });

  it('reports that the callee is gone when its connection breaks', async () => {
    await using stage = await openCallerStage();
    const { url } = await stage.router.listen();
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) });
    await using mortal = await joinByWebSocket(url.replace(/:\d+/, `:${proxy.port}`));
    const called = Promise.withResolvers<void>();
    await mortal.register('com.example.fail', () => {
      called.resolve();
      return new Promise(() => undefined);
    });
    const dead = failure(stage);
    await withDeadline(called.promise, 5000, 'the call');
    proxy.cut();
    expect(await withDeadline(dead, 1000, 'the death to be known')).to.deep.include({ code: 'CB005' });
  });

  it('keeps the session usable: the next call succeeds over the same connection', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.two', () => 2);
    for (let round = 0; round < 3; round += 1) {
      expect(await failure(stage)).to.deep.include({ code: 'CB002' });
      expect(await stage.one(`SELECT crossbar.call('com.example.two')`)).to.equal('2');
    }
    await stage.sql.query(`BEGIN; SAVEPOINT before`);
    await failure(stage);
    await stage.sql.query('ROLLBACK TO before');
    expect(await stage.one(`SELECT crossbar.call('com.example.two')`)).to.equal('2');
    expect(stage.caller.status().link?.connections).to.equal(1);
  });
});
