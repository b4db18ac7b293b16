import type { AsyncCall, CompleteCall } from '@pgwamp/caller/internal';
import { waitFor } from '@pgwamp/harness';
import { openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

/** Answers with the arguments, late calls first; what is called with a negative number fails. */
const echoing: AsyncCall = async ({ args, kwargs }) => {
  const [number = 0] = JSON.parse(args || '[]') as number[];
  await new Promise((resolve) => setTimeout(resolve, (7 - (number % 7)) % 7));
  if (number < 0) return { kind: 'error', payload: 'com.example.negative', args: `[${number}]`, kwargs: '{"a":1}' };
  return { kind: 'result', payload: `[${args || 'null'},${kwargs || 'null'}]`, args: null, kwargs: null };
};

const numbers = (count: number) => `ARRAY(SELECT jsonb_build_array(n) FROM generate_series(1, ${count}) AS n)`;

describe('crossbar.call_each', () => {
  it('returns a row for each call in order, with its result or its error', async () => {
    await using stage = await openCallStage(echoing);
    const { sql } = stage;
    const call = `SELECT * FROM crossbar.call_each('com.a',
      ARRAY['[1]', NULL, '[-3]', jsonb_build_array(4, E'line\\nfeed')], ARRAY[NULL, NULL, NULL, '{"k": 1}']::jsonb[])`;
    expect(await rows(sql, call)).to.deep.equal([
      { ordinality: '1', result: [[1], null], error: null },
      { ordinality: '2', result: [null, null], error: null },
      { ordinality: '3', result: null, error: { error: 'com.example.negative', args: [-3], kwargs: { a: 1 } } },
      { ordinality: '4', result: [[4, 'line\nfeed'], { k: 1 }], error: null },
    ]);
    expect(await rows(sql, `SELECT * FROM crossbar.call_each('com.a', '{}')`)).to.deep.equal([]);
  });

  it('makes thousands of calls with limited concurrency, and returns all in order', async () => {
    let open = 0;
    let highest = 0;
    await using stage = await openCallStage(async (request, controls) => {
      open += 1;
      highest = Math.max(highest, open);
      const outcome = await echoing(request, controls);
      open -= 1;
      return outcome;
    });
    const { sql, requests } = stage;
    for (const [options, concurrency] of [
      ['NULL', 64],
      [`'{"concurrency": 7}'`, 7],
    ] as const) {
      highest = 0;
      const call = `SELECT count(*)::integer AS count, bool_and(result -> 0 ->> 0 = ordinality::text) AS ordered
        FROM crossbar.call_each('com.a', ${numbers(2500)}, options => ${options})`;
      expect(await rows(sql, call)).to.deep.equal([{ count: 2500, ordered: true }]);
      expect(highest).to.equal(concurrency);
    }
    expect(requests).to.have.length(5000);
    expect(requests[0]?.options).to.deep.equal({ timeout: 30_000 });
  });

  it('reads large results in portions of limited size', async () => {
    const large = `"${'x'.repeat(300_000)}"`;
    await using stage = await openCallStage(returns(large));
    const size = `SELECT sum(length(result #>> '{}'))::integer FROM crossbar.call_each('com.a', ${numbers(100)})`;
    expect(await value(stage.sql, size)).to.equal(30_000_000);
  });

  it('raises the first error with on_error "raise", and makes no further calls', async () => {
    await using stage = await openCallStage(echoing);
    const { sql, requests } = stage;
    const args = `ARRAY(SELECT jsonb_build_array(CASE WHEN n IN (20, 21) THEN -n ELSE n END) FROM generate_series(1, 900) AS n)`;
    const raised = `SELECT count(*) FROM crossbar.call_each('com.a', ${args}, options => '{"on_error": "raise", "concurrency": 4}')`;
    expect(await errorOf(sql.query(raised))).to.include({ code: 'CB001', message: 'com.example.negative: -20' });
    expect(requests.length).to.be.within(20, 30);
    expect(
      await value(sql, `SELECT count(*)::integer FROM crossbar.call_each('com.a', ${args}) WHERE error IS NOT NULL`),
    ).to.equal(2);
  });

  it('is canceled with all its calls, and waits as long as they take', async () => {
    const aborted: CompleteCall[] = [];
    let slow = true;
    await using stage = await openCallStage(async (request, { signal }) => {
      if (slow) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        aborted.push(request);
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
      return { kind: 'result', payload: '1', args: null, kwargs: null };
    });
    const { sql } = stage;
    await sql.query(`SET statement_timeout = '300ms'`);
    const call = `SELECT count(*)::integer FROM crossbar.call_each('com.a', ${numbers(10)}, options => '{"concurrency": 5}')`;
    expect((await errorOf(sql.query(call))).code).to.equal('57014');
    await waitFor(() => aborted.length === 5, { what: 'the calls to be aborted' });
    slow = false;
    await sql.query('RESET statement_timeout');
    expect(await value(sql, call)).to.equal(10);
  });

  it('requires as many kwargs as args, of the right types, and refuses unknown options', async () => {
    await using stage = await openCallStage(returns('1'));
    for (const [parameters, message] of [
      [`'com.a', NULL`, 'args has no elements, and kwargs none'],
      [`'com.a', '{NULL}', '{NULL,NULL}'`, 'args has 1 elements, and kwargs 2'],
      [
        `'com.a', array_fill('[]'::jsonb, ARRAY[20000]) || '{}'::jsonb`,
        'call 20001: args is a JSON object, not an array',
      ],
      [`'com.a', '{NULL}', '{"[]"}'`, 'call 1: kwargs is a JSON array, not an object'],
      [`'com a', '{}'`, `procedure is not a WAMP URI: 'com a'`],
      [`'com.a', '{}', options => '{"concurrency": 0}'`, `option 'concurrency' is 0`],
      [`'com.a', '{}', options => '{"on_error": "ignore"}'`, `option 'on_error' is "ignore"`],
    ] as const) {
      const error = await errorOf(stage.sql.query(`SELECT * FROM crossbar.call_each(${parameters})`));
      expect(error).to.include({ code: '22023', message });
    }
    expect(stage.requests).to.have.length(0);
  });

  it('requires the same privileges as crossbar.call', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql } = stage;
    await using roles = await createRoles(sql, 1);
    const [app] = roles.names;
    const call = `SELECT count(*)::integer FROM crossbar.call_each('com.a', '{NULL,NULL}')`;
    await sql.query(`SET ROLE ${app}`);
    expect((await errorOf(sql.query(call))).code).to.equal('42501');
    await sql.query(`RESET ROLE; GRANT EXECUTE ON FUNCTION crossbar.call_each TO ${app}; SET ROLE ${app}`);
    expect((await errorOf(sql.query(call))).message).to.equal(`role ${app} may not call com.a`);
    await sql.query(`RESET ROLE; SELECT crossbar.grant_call('${app}', 'com.a'); SET ROLE ${app}`);
    expect(await value(sql, call)).to.equal(2);
    await sql.query('RESET ROLE');
  });
});
