import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { WampError } from '@pgwamp/core';
import { type Connection, waitFor } from '@pgwamp/harness';
import { createDatabaseEncoded } from '@pgwamp/harness/fixtures/encoded-database';
import { join } from '@pgwamp/harness/fixtures/join';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { createPublisher, crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { started } from '@pgwamp/harness/fixtures/started';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';

const functions = `CREATE TABLE heard (text text);
  CREATE FUNCTION hear(text text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.heard VALUES (text)';
  CREATE FUNCTION echo(text text) RETURNS text LANGUAGE sql AS 'SELECT text';
  SELECT crossbar.register('com.example.', 'public.echo', '{"run_as": "crossbar", "match": "prefix"}'),
    crossbar.subscribe('com.example.', 'public.hear', '{"run_as": "crossbar", "match": "prefix"}')`;

/** A database with LATIN1, with all components. */
async function openStage() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabaseEncoded('LATIN1'));
  const router = stack.use(createTestRouter());
  const extra = { database: crossbarLogin(database) };
  const options = { realm: 'realm1', transport: { type: 'memory' as const, router }, extra };
  const environment = { log: pino({ level: 'silent' }) };
  stack.use(await started(createPublisher(database, router, 'outbox')));
  const sql = stack.use(await database.connect());
  await sql.query(functions);
  stack.use(await started(new Callee(options, environment)));
  stack.use(await started(new Subscriber(options, environment)));
  const caller = stack.use(await started(new Caller(options, environment)));
  const session = await join(router);
  stack.defer(() => session.leave());
  const kept = stack.move();
  return { sql, caller, session, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const unrepresentable =
  /character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"/;

async function until(sql: Connection, condition: string): Promise<void> {
  await waitFor(async () => (await rows(sql, `SELECT WHERE ${condition}`)).length > 0, { what: condition });
}

describe('Characters that the encoding of the database does not have', () => {
  it('fail a call with the reason, in an argument and in the procedure', async () => {
    await using stage = await openStage();
    const { session, sql } = stage;
    const refused = async (procedure: string, text: string) => {
      const { error, args } = await rejection<WampError>(session.call(procedure, [text]));
      expect(args[0]).to.match(unrepresentable);
      expect([error, args[0]?.toString().includes('role')]).to.deep.equal(['wamp.error.invalid_argument', false]);
    };
    await refused('com.example.echo', '10 €');
    await refused('com.example.€', 'Käse');
    expect((await session.call('com.example.echo', ['Käse'])).args).to.deep.equal(['Käse']);
    await until(sql, `EXISTS (SELECT FROM crossbar.registrations WHERE calls = 3 AND failed = 2)`);
  });

  it('fail an event, in an argument and in the topic, which is stored as ASCII, and the next one is handled', async () => {
    await using stage = await openStage();
    const { session, sql } = stage;
    for (const [topic, text] of [
      ['com.example.heard', '10 €'],
      ['com.example.€', 'Käse'],
      ['com.example.heard', 'Käse'],
    ] as const)
      await session.publish(topic, [text]);
    await until(sql, `EXISTS (SELECT FROM heard WHERE text = 'Käse')`);
    const failed = await rows<{ error_args: string[] }>(
      sql,
      'SELECT topic, args, error, error_args FROM crossbar.failed_event ORDER BY id',
    );
    for (const { error_args: [message = ''] = [] } of failed) expect(message).to.match(unrepresentable);
    expect(failed.map(({ error_args: _, ...event }) => event)).to.deep.equal([
      { topic: 'com.example.heard', args: null, error: 'wamp.error.invalid_argument' },
      { topic: 'com.example.?', args: null, error: 'wamp.error.invalid_argument' },
    ]);
    await until(sql, `EXISTS (SELECT FROM crossbar.subscriptions WHERE events = 3 AND failed = 2)`);
  });

  it('end an asynchronous call whose result or error contains them, after its retries', async () => {
    await using stage = await openStage();
    const { session, sql, caller } = stage;
    const calls = { result: 0, error: 0, uri: 0 };
    const fails = (kind: keyof typeof calls, error: string) => () => {
      calls[kind] += 1;
      throw new WampError(error, ['10 €']);
    };
    await session.register('com.other.result', () => {
      calls.result += 1;
      return '10 €';
    });
    await session.register('com.other.error', fails('error', 'com.other.failed'));
    await session.register('com.other.uri', fails('uri', 'com.other.€'));
    for (const kind of Object.keys(calls))
      await sql.query(`SELECT crossbar.call_async('com.other.${kind}', options => '{"retries": 1}')`);
    await until(sql, '(SELECT count(*) FROM crossbar.calls WHERE settled_at IS NOT NULL) = 3');
    expect(calls).to.deep.equal({ result: 1, error: 2, uri: 2 });
    const settled = await rows<{ error_args: string[] }>(
      sql,
      'SELECT procedure, state, error, error_args FROM crossbar.calls ORDER BY procedure',
    );
    for (const { error_args: [message = ''] = [] } of settled) expect(message).to.match(unrepresentable);
    expect(settled.map(({ error_args: _, ...call }) => call)).to.deep.equal([
      { procedure: 'com.other.error', state: 'failed', error: 'com.other.failed' },
      { procedure: 'com.other.result', state: 'failed', error: 'wamp.error.invalid_argument' },
      { procedure: 'com.other.uri', state: 'failed', error: 'com.other.?' },
    ]);
    expect(caller.status().reconnects).to.equal(0);
  });
});
