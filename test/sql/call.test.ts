import { fails, openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

/** A call that answers by what was called: the procedure's last part is a key. */
const answers: Readonly<Record<string, string | null>> = {
  none: null,
  null: 'null',
  number: '9007199254740993.10',
  text: '"K\u00e4se \\u0001 \u{1f600}"',
  nested: '[[1, [2, {"a": []}]], 12345678901234567890]',
  several: '{"args": [1, 2], "kwargs": {"c": 3}}',
};

describe('crossbar.call', () => {
  it('sends the procedure, the unchanged arguments and the caller', async () => {
    await using stage = await openCallStage(returns(null));
    const { sql, requests } = stage;
    const args = '[9007199254740993, 1.10, "\u{1f600} \'\\"\\\\", [[null, true]]]';
    await sql.query('SELECT crossbar.call($1, $2, $3)', ['com.example.add2', args, '{"\u00e4": {"b": 1e2}}']);
    await sql.query(`SELECT crossbar.call('com.example.add2')`);
    const pid = await value(sql, 'SELECT pg_backend_pid()');
    const [first, second] = requests;
    expect(first).to.deep.include({ procedure: 'com.example.add2', options: { timeout: 30_000 } });
    expect(first).to.include({ args, kwargs: '{"\u00e4": {"b": 100}}' });
    const login = 'postgres';
    const hop = { authid: login, authrole: login };
    expect(first?.identity).to.deep.equal({ session_user: login, role: login, pid, forward_for: [hop] });
    expect(second).to.include({ args: '', kwargs: '' });
    expect(second?.id).not.to.equal(first?.id);
  });

  it('returns the value from the link: NULL for no result, and numbers with all digits', async () => {
    await using stage = await openCallStage(async ({ procedure }) => {
      const payload = answers[procedure.split('.')[1] ?? ''] ?? null;
      return { kind: 'result', payload, args: null, kwargs: null };
    });
    const { sql } = stage;
    for (const [key, answer] of Object.entries(answers)) {
      const [row] = await rows(sql, `SELECT crossbar.call($1)::text AS result, $2::jsonb::text AS expected`, [
        `com.${key}`,
        answer,
      ]);
      expect(row, key).to.have.property('result', (row as { expected: string | null }).expected);
    }
    expect(
      await value(sql, `SELECT crossbar.call('com.none') IS NULL AND crossbar.call('com.null') IS NOT NULL`),
    ).to.equal(true);
  });

  it('supports arguments and results of many megabytes', async () => {
    await using stage = await openCallStage(async ({ args }) => {
      return { kind: 'result', payload: args, args: null, kwargs: null };
    });
    const { sql } = stage;
    const [row] = await rows(
      sql,
      `SELECT length(crossbar.call('com.echo', jsonb_build_array(repeat('x', 20000000))) ->> 0) AS length`,
    );
    expect(row).to.deep.equal({ length: 20_000_000 });
    expect(stage.requests).to.have.length(1);
  });

  it('raises each kind of error with its own SQLSTATE, and the WAMP error as DETAIL', async () => {
    const canceled = 'wamp.error.canceled';
    const cases: [string, string, string[]][] = [
      ['com.example.error.full', 'CB001', ['the box is full', '9007199254740993']],
      ['wamp.error.not_authorized', 'CB001', []],
      ['wamp.error.no_such_procedure', 'CB002', ['no callee has registered com.a']],
      ['wamp.error.timeout', 'CB003', ['no result within 10 ms']],
      [canceled, 'CB003', ['timeout reached']],
      [canceled, 'CB004', ['the caller has canceled the call']],
      [canceled, 'CB004', []],
      [canceled, 'CB005', ['the callee left before it answered']],
      [canceled, 'CB005', ['the callee left before it took the call']],
      [canceled, 'CB005', ['callee disconnected from in-flight request']],
    ];
    await using stage = await openCallStage(async ({ args }) => {
      const [index = 0] = JSON.parse(args) as number[];
      const [error = '', , errorArgs = []] = cases[index] ?? [];
      return { kind: 'error', payload: error, args: JSON.stringify(errorArgs), kwargs: '{"size": 1.50}' };
    });
    for (const [index, [error, code, args]] of cases.entries()) {
      const raised = await errorOf(stage.sql.query(`SELECT crossbar.call('com.a', '[${index}]')`));
      expect(raised).to.include({ code, message: [error, ...args.slice(0, 1)].join(': ') });
      const { args: kept, ...detail } = JSON.parse(raised.detail ?? '') as { args: unknown[] };
      expect(detail).to.deep.equal({ error, kwargs: { size: 1.5 } });
      expect(kept).to.deep.equal(args);
      expect(raised.detail).to.match(/"size": 1\.50/);
    }
    expect(stage.requests).to.have.length(cases.length);
  });

  it('raises an error that can be caught, and the connection remains usable', async () => {
    await using stage = await openCallStage(fails('com.example.error', '["no"]'));
    await stage.sql.query(`DO $$
      BEGIN
        FOR try IN 1..3 LOOP
          BEGIN
            PERFORM crossbar.call('com.example.procedure');
            RAISE 'not reached';
          EXCEPTION WHEN SQLSTATE 'CB001' THEN NULL;
          END;
        END LOOP;
      END $$`);
    expect(stage.requests).to.have.length(3);
    expect(stage.link.connections).to.equal(1);
  });

  it('raises CB006 if the router was lost', async () => {
    await using stage = await openCallStage(async () => ({
      kind: 'lost',
      payload: 'the session is lost',
      args: null,
      kwargs: null,
    }));
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.procedure')`));
    expect(error.message).to.equal('the router was lost after the call was sent: the session is lost');
    expect(error).to.include({
      code: 'CB006',
      hint: 'Whether the procedure was called is unknown. It was not called again.',
    });
    expect(stage.requests).to.have.length(1);
  });

  it('runs once for each row in order, over one connection', async () => {
    await using stage = await openCallStage(async ({ args }) => {
      return { kind: 'result', payload: args, args: null, kwargs: null };
    });
    const { sql, requests, link } = stage;
    const sum = `SELECT sum((crossbar.call('com.echo', jsonb_build_array(i)) ->> 0)::integer)::integer FROM generate_series(1, 1001) AS i`;
    expect(await value(sql, sum)).to.equal(501_501);
    expect(requests.map(({ args }) => args)).to.deep.equal(
      Array.from({ length: 1001 }, (_, index) => `[${index + 1}]`),
    );
    expect(new Set(requests.map(({ id }) => id)).size).to.equal(1001);
    expect(link.connections).to.equal(1);
  });

  it('works in triggers, in functions of every kind, and in read-only transactions', async () => {
    await using stage = await openCallStage(returns('7'));
    const { sql, requests } = stage;
    await sql.query(
      `CREATE TABLE people (id integer, answer jsonb);
       CREATE FUNCTION answered() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.answer := crossbar.call('com.trigger', jsonb_build_array(NEW.id)); RETURN NEW; END $$;
       CREATE TRIGGER answered BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION answered();
       CREATE FUNCTION in_sql() RETURNS jsonb LANGUAGE sql AS $$ SELECT crossbar.call('com.sql') $$;
       CREATE PROCEDURE in_procedure() LANGUAGE plpgsql AS $$
       BEGIN PERFORM crossbar.call('com.before'); COMMIT; PERFORM crossbar.call('com.after'); END $$`,
    );
    await sql.query('INSERT INTO people SELECT i FROM generate_series(1, 3) AS i');
    await sql.query('SELECT in_sql()');
    await sql.query('CALL in_procedure()');
    await sql.query(`BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SELECT crossbar.call('com.read'); COMMIT`);
    const procedures = ['com.trigger', 'com.trigger', 'com.trigger', 'com.sql', 'com.before', 'com.after', 'com.read'];
    expect(requests.map(({ procedure }) => procedure)).to.deep.equal(procedures);
    expect(await rows(sql, 'SELECT answer FROM people')).to.deep.equal([{ answer: 7 }, { answer: 7 }, { answer: 7 }]);
  });

  it('is VOLATILE and PARALLEL UNSAFE, like its siblings', async () => {
    await using stage = await openCallStage(returns(null));
    const marks = await rows(
      stage.sql,
      `SELECT proname AS name, provolatile AS volatile, proparallel AS parallel FROM pg_proc
       WHERE pronamespace = 'crossbar'::regnamespace AND proname IN ('call', 'call_each', 'call_stream', 'call_async') ORDER BY 1`,
    );
    const names = ['call', 'call_async', 'call_each', 'call_stream'];
    expect(marks).to.deep.equal(names.map((name) => ({ name, volatile: 'v', parallel: 'u' })));
  });
});
