import { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { type CallerStage, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const deep = (levels: number) => `(repeat('[', ${levels}) || repeat(']', ${levels}))::jsonb`;
const long = `jsonb_build_array(repeat('x', 17 * 1024 * 1024))`;

/** Calls that no router with the usual limits takes: arguments in SQL, SQLSTATE, message, URI of an asynchronous call. */
const unsendable = [
  [deep(200), '22023', /^args has more than 127 levels/, 'wamp.error.invalid_argument'],
  [`NULL, jsonb_build_object('a', ${deep(127)})`, '22023', /^kwargs has more than/, 'wamp.error.invalid_argument'],
  [
    long,
    '54000',
    /^a message of 178\d{5} bytes exceeds transport\.options\.max_message_size/,
    'wamp.error.payload_size_exceeded',
  ],
  [`NULL, jsonb_build_object('a', ${long})`, '54000', /^a message of/, 'wamp.error.payload_size_exceeded'],
] as const;

async function settled({ sql }: Pick<CallerStage, 'sql'>, count: number) {
  return waitFor(
    async () => {
      const { rows } = await sql.query(
        'SELECT state, tries, error, error_args FROM crossbar.async_call WHERE settled_at IS NOT NULL ORDER BY called_at, due_at',
      );
      return rows.length === count && rows;
    },
    { what: `${count} outcomes` },
  );
}

describe('a call that the router would not accept', () => {
  it('fails alone, before it is sent: other calls of the same session continue', async () => {
    await using stage = await openCallerStage();
    await using other = await stage.database.connect();
    const waiting = Promise.withResolvers<number>();
    await stage.callee.register('com.example.echo', ([value]) => value ?? null);
    await stage.callee.register('com.example.wait', () => waiting.promise);
    const { id } = stage.caller.status().session ?? {};
    const pending = other.query(`SELECT crossbar.call('com.example.wait') AS result`);
    await waitFor(() => stage.caller.status().inFlight === 1, { what: 'the call to be under way' });
    await stage.sql.query(
      `BEGIN; DECLARE s CURSOR FOR SELECT crossbar.call_stream('com.example.echo', '[1]'); FETCH s`,
    );
    for (const [args, code, message] of unsendable) {
      for (const name of ['call', 'call_stream']) {
        await stage.sql.query('SAVEPOINT s');
        const error = await errorOf(stage.sql.query(`SELECT crossbar.${name}('com.example.echo', ${args})`));
        expect(error, name).to.include({ code });
        expect(error.message, name).to.match(message);
        expect(error.hint, name).to.match(/^The limit is transport\.options\./);
        await stage.sql.query('ROLLBACK TO s');
      }
    }
    await stage.sql.query('COMMIT');
    waiting.resolve(7);
    expect((await pending).rows).to.deep.equal([{ result: 7 }]);
    expect(stage.caller.status()).to.deep.include({ reconnects: 0, session: { id } });
    expect(stage.caller.status().link?.connections, 'connections were kept').to.equal(2);
  });

  it('fails finally if it is asynchronous, without retries', async () => {
    await using stage = await openCallerStage();
    const calls: unknown[] = [];
    await stage.callee.register('com.example.note', ([value]) => calls.push(value));
    const innocent = `SELECT crossbar.call_async('com.example.note', '[1]', NULL, '{"retries": 5}')`;
    for (const [args] of unsendable) {
      await stage.sql.query(
        `${innocent}; SELECT crossbar.call_async('com.example.note', ${args}, options => '{"retries": 5}')`,
      );
    }
    const outcomes = await settled(stage, unsendable.length * 2);
    const failed = outcomes.filter(({ state }) => state === 'failed');
    expect(failed.map(({ tries, error }) => [tries, error])).to.deep.equal(unsendable.map(([, , , uri]) => [1, uri]));
    expect(calls).to.deep.equal(unsendable.map(() => 1));
    expect(stage.caller.status().reconnects).to.equal(0);
  });

  it('is detected if only the router knows the limit, and delays no other call for long', async () => {
    await using stage = await openCallerStage({ router: { limits: { maxDepth: 20 } } });
    const calls: unknown[] = [];
    await stage.callee.register('com.example.note', ([value]) => calls.push(value));
    const note = (args: string) =>
      `SELECT crossbar.call_async('com.example.note', ${args}, options => '{"retries": 5}')`;
    await stage.sql.query(
      `BEGIN; ${note(`'["first"]'`)}; ${note(deep(30))}; ${note(`'["second"]'`)}; ${note(deep(31))}; COMMIT`,
    );
    const outcomes = await settled(stage, 4);
    expect(outcomes.map(({ state, error }) => [state, error])).to.deep.equal([
      ['succeeded', null],
      ['failed', 'wamp.error.payload_size_exceeded'],
      ['succeeded', null],
      ['failed', 'wamp.error.payload_size_exceeded'],
    ]);
    expect(new Set(calls)).to.deep.equal(new Set(['first', 'second']));
  });
});

describe('an error that jsonb cannot hold', () => {
  const errors: readonly [what: string, error: WampError, args: unknown[]][] = [
    ['U+0000', new WampError('com.example.error', ['a\0b']), ['a\ufffdb']],
    ['half a surrogate pair', new WampError('com.example.error', ['\ud800', '\u{1f600}']), ['\ufffd', '\u{1f600}']],
    ['U+0000 in keywords', new WampError('com.example.error', ['a'], { 'k\0': ['\udc00'] }), ['a']],
  ];
  for (const [what, thrown, args] of errors) {
    it(`raises CB001 with its URI, and is stored if the call is asynchronous: ${what}`, async () => {
      await using stage = await openCallerStage();
      await stage.callee.register('com.example.fail', () => {
        throw thrown;
      });
      const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.fail')`));
      expect(error).to.include({ code: 'CB001' });
      expect(JSON.parse(error.detail ?? '')).to.deep.include({ error: 'com.example.error', args });
      await stage.sql.query(`SELECT crossbar.call_async('com.example.fail')`);
      const [outcome] = await settled(stage, 1);
      expect(outcome).to.deep.include({ state: 'failed', error: 'com.example.error', error_args: args });
    });
  }
});
