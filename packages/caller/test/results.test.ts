import { setTimeout as sleep } from 'node:timers/promises';
import { PayloadText } from '@pgwamp/core/internal/wamp';
import { columnOf, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

describe('crossbar.call', () => {
  it('returns the result of the procedure: NULL, one value, or all positional and keyword results', async () => {
    await using stage = await openCallerStage();
    let answer = new PayloadText('');
    await stage.callee.register('com.example.give', () => answer);
    const result = async (args: string, kwargs = '') => {
      answer = new PayloadText(args, kwargs);
      return stage.one(`SELECT crossbar.call('com.example.give')`);
    };
    expect(await result('')).to.equal(null);
    expect(await result('[]')).to.equal(null);
    expect(await result('[null]')).to.equal('null');
    expect(await result('[42]')).to.equal('42');
    expect(await result('[[1, [2]]]')).to.equal('[1, [2]]');
    expect(await result('["a,b]"]')).to.equal('"a,b]"');
    expect(await result('[1, 2]')).to.equal('{"args": [1, 2], "kwargs": {}}');
    expect(await result('[]', '{"a": 1}')).to.equal('{"args": [], "kwargs": {"a": 1}}');
    expect(await result('["x"]', '{"a": [2]}')).to.equal('{"args": ["x"], "kwargs": {"a": [2]}}');
  });

  it('passes the arguments of SQL to the procedure, without loss in either direction', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.echo', (args, kwargs) => ({ args, kwargs }));
    const values = [
      '9223372036854775807',
      '-0.1000',
      '123456789012345678901234567890.123456789012345678901234567890',
      '1e2',
      '"\\u0001 \\" \\\\ / ü 😀 \\n"',
      '[[], {}, [[[]]], {"a": {"b": [null, true, false]}}]',
      '{"": 0, "é": "\\t"}',
    ];
    for (const value of values) {
      const echo = `SELECT crossbar.call('com.example.echo', jsonb_build_array(v)) = v, crossbar.call('com.example.echo', jsonb_build_array(v))::text = v::text
        FROM CAST($$${value}$$ AS jsonb) AS v`;
      const { rows } = await stage.sql.query({ text: echo, rowMode: 'array' });
      expect(rows[0], value).to.deep.equal([true, true]);
    }
    expect(await stage.one(`SELECT crossbar.call('com.example.echo', '[1.50, "x"]', '{"n": 1.0, "s": "ä"}')`)).to.equal(
      '{"args": [1.50, "x"], "kwargs": {"n": 1.0, "s": "ä"}}',
    );
    expect(await stage.one(`SELECT crossbar.call('com.example.echo', NULL, '{"n": 12345678901234567890}')`)).to.equal(
      '{"args": [], "kwargs": {"n": 12345678901234567890}}',
    );
  });

  it('calls once for each execution, as a part of any query', async () => {
    await using stage = await openCallerStage();
    let calls = 0;
    await stage.callee.register('com.example.add2', ([a, b]) => {
      calls += 1;
      return Number(a) + Number(b);
    });
    const sum = `SELECT sum(crossbar.call('com.example.add2', jsonb_build_array(n, 1))::int) FROM generate_series(1, 1000) AS n`;
    expect(await stage.one(sum)).to.equal('501500');
    expect(calls).to.equal(1000);
    expect(stage.caller.status()).to.deep.include({ calls: 1000, failed: 0, inFlight: 0 });
    expect(stage.caller.status().link?.connections).to.equal(1);
  });

  it('waits as long as it takes with a timeout of 0', async () => {
    await using stage = await openCallerStage();
    // Longer than a router is given to end a call whose time is over.
    await stage.callee.register('com.example.slow', () => sleep(300, 'late'));
    expect(await stage.one(`SELECT crossbar.call('com.example.slow', NULL, NULL, '{"timeout": 0}')`)).to.equal(
      '"late"',
    );
    expect(stage.caller.status()).to.deep.include({ calls: 1, failed: 0 });
  });

  it('reports the caller to the callee: the login and the role in forward_for, and the session if it is disclosed', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.whoami', (_args, _kwargs, { caller, forward_for }) => [
      caller ?? null,
      forward_for,
    ]);
    const { id } = stage.caller.status().session ?? {};
    await stage.sql.query('SET ROLE crossbar');
    const login = await stage.one('SELECT session_user');
    const hop = { session: id, authid: login, authrole: 'crossbar' };
    const call = async (options: object) =>
      JSON.parse(
        (await stage.one(`SELECT crossbar.call('com.example.whoami', NULL, NULL, '${JSON.stringify(options)}')`)) ?? '',
      );
    expect(await call({})).to.deep.equal([null, [hop]]);
    expect(await call({ disclose_me: true })).to.deep.equal([id, [hop]]);
    const former = { session: 7, authid: 'joe', authrole: 'user' };
    const pose = `SELECT set_config('crossbar.forward_for', '${JSON.stringify([former])}', false)`;
    await stage.sql.query(pose);
    expect(await call({})).to.deep.equal([null, [hop]]);
    await using component = await stage.database.connect(crossbarLogin(stage.database));
    await component.query(pose);
    const [whoami] = await columnOf(component, `SELECT crossbar.call('com.example.whoami')`);
    expect(JSON.parse(whoami ?? '')).to.deep.equal([null, [former, { ...hop, authid: 'crossbar' }]]);
  });
});
