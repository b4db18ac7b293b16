import type { CalleeOptions } from '@pgwamp/callee';
import { waitFor } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router } from '@pgwamp/router';
import { expect } from 'chai';
import { pino } from 'pino';
import { errorOf } from './support/outcome.ts';

const functions = `
  ${add2}
  CREATE FUNCTION repeated(piece text, times integer) RETURNS text LANGUAGE sql AS 'SELECT repeat(piece, times)';
  CREATE FUNCTION echo(document text) RETURNS jsonb LANGUAGE sql AS 'SELECT document::jsonb';
  CREATE FUNCTION mixed(document text) RETURNS TABLE (data bytea, deep json) LANGUAGE sql AS $$ SELECT '\\x61'::bytea, document::json $$;
  CREATE FUNCTION fail(message text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE '%', message; END $$;
  CREATE FUNCTION refuse(document text) RETURNS void LANGUAGE sql AS $$ SELECT crossbar.raise('com.example.no', jsonb_build_array(document::jsonb)) $$;
  CREATE FUNCTION rows_of(piece text, times integer) RETURNS SETOF text LANGUAGE sql AS 'SELECT repeat(piece, times)';
  ${register('com.example.repeated', 'repeated(text,integer)')}
  ${register('com.example.echo', 'echo(text)')}
  ${register('com.example.mixed', 'mixed(text)')}
  ${register('com.example.fail', 'fail(text)')}
  ${register('com.example.refuse', 'refuse(text)')}
  ${register('com.example.rows', 'rows_of(text,integer)')}`;

const deep = '['.repeat(200) + ']'.repeat(200);
const deeper = '['.repeat(5000) + ']'.repeat(5000);

/** Calls that have results or errors which no message can carry. */
const calls: Record<string, [procedure: string, ...args: unknown[]]> = {
  'a result of 17 MB': ['com.example.repeated', 'x', 17_000_000],
  'a result that is larger as JSON than it is': ['com.example.repeated', '\u0001', 4_000_000],
  'a row of 17 MB': ['com.example.rows', 'x', 17_000_000],
  'a result of 200 levels': ['com.example.echo', deep],
  'a result of 5000 levels': ['com.example.echo', deeper],
  'bytes beside a document of 5000 levels': ['com.example.mixed', deeper],
  'an error with 200 levels of arguments': ['com.example.refuse', deep],
  'an error with a long argument': ['com.example.refuse', JSON.stringify('x'.repeat(10_000_000))],
};

async function listen(router: Router, type: 'websocket' | 'rawsocket'): Promise<CalleeOptions['transport']> {
  if (type === 'websocket') return { type, url: (await router.listen()).url };
  const endpoint = { type: 'tcp', port: 0, interface: '127.0.0.1' } as const;
  const { port } = await router.listen({ type, endpoint });
  return { type, endpoint: { type: 'tcp', host: '127.0.0.1', port } };
}

for (const transport of ['websocket', 'rawsocket'] as const) {
  describe(`A call whose answer cannot be sent, by ${transport}`, () => {
    it('fails alone: the Callee keeps its session, and others are answered', async function () {
      this.timeout(120_000);
      await using stack = new AsyncDisposableStack();
      const database = stack.use(await createSetUpDatabase());
      const sql = stack.use(await database.connect());
      await sql.query(functions);
      const router = stack.use(createTestRouter());
      const callee = stack.use(await startCallee(calleeOptions(database, await listen(router, transport))));
      const caller = stack.use(await join(router));
      const session = callee.status().session?.id;
      for (const [what, [procedure, ...args]] of Object.entries(calls)) {
        const [error, other] = await Promise.all([
          errorOf(caller.call(procedure, args)),
          caller.call('com.example.add2', [1, 2]),
        ]);
        expect(error.error, what).to.be.oneOf(['wamp.error.payload_size_exceeded', 'wamp.error.invalid_argument']);
        expect(other.args, what).to.deep.equal([3]);
      }
      const long = await errorOf(caller.call('com.example.fail', ['x'.repeat(100_000)]));
      expect(long.args[0]).to.match(/^x{10000}\.\.\. \(cut, of 100000 characters\)$/);
      expect(callee.status().session?.id).to.equal(session);
      expect(callee.status().reconnects).to.equal(0);
    });
  });
}

describe('NOTIFY crossbar_endpoint of any role', () => {
  it('keeps no call from being answered', async () => {
    await using stage = await openCalleeStage(add2);
    const { sql, caller, callee } = stage;
    const { processId } = callee.status().database ?? {};
    for (let round = 0; round < 20; round += 1) {
      await sql.query(
        `NOTIFY crossbar_endpoint, 'registration x'; NOTIFY crossbar_endpoint, 'registration ${'9'.repeat(30)}'`,
      );
      expect((await caller.call('com.example.add2', [round, 1])).args).to.deep.equal([round + 1]);
    }
    await sql.query(register('com.example.more', 'add2(integer,integer)'));
    await waitFor(() => callee.status().registrations.registered === 2, { what: 'the next registration' });
    expect(callee.status().database?.processId).to.equal(processId);
    expect(callee.status().reconnects).to.equal(0);
  });
});

describe('A registration that is refused', () => {
  it('is logged with its URI, its function and the reason', async () => {
    await using stage = await openCalleeStage(add2);
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
    const options = calleeOptions(stage.database, { type: 'memory', router: stage.router });
    await using second = await startCallee(options, { log });
    expect(second.status().registrations.refused).to.equal(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(
      /^the router refused the registration of com\.example\.add2 \(function public\.add2\(integer,integer\)\): wamp\.error\.procedure_already_exists/,
    );
  });
});
