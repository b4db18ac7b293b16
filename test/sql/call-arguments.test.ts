import { openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

const invalidParameterValue = '22023';

const booleans = { right: ['true', 'false'], wrong: ['null', '0', '"true"', '[]'], rule: 'true or false' };
const options = {
  timeout: {
    right: ['0', '1', '2147483647', '5.0'],
    wrong: ['-1', '1.5', '2147483648', '"1"', 'null', '[1]'],
    rule: 'milliseconds, an integer; 0 for no limit',
  },
  disclose_me: booleans,
  realm: { right: ['"realm1"'], wrong: ['""', 'null', '1', '{}'], rule: 'the name of a realm' },
};
const ofAsync = {
  handler: { right: [], wrong: ['null', '1', '{}'], rule: 'the name of a function, with its schema' },
  retries: { right: ['0', '100', '5.0'], wrong: ['-1', '101', '0.5', '"3"'], rule: 'an integer from 0 to 100' },
};
const interfaces = [
  { name: 'call', options, other: ofAsync, all: 'timeout, disclose_me, realm' },
  { name: 'call_stream', options, other: ofAsync, all: 'timeout, disclose_me, realm' },
  {
    name: 'call_async',
    options: { ...options, ...ofAsync },
    other: {},
    all: 'timeout, disclose_me, realm, handler, retries',
  },
];

describe('Arguments of crossbar.call, crossbar.call_stream and crossbar.call_async', () => {
  it('are a WAMP URI, including those of the router, an array and an object', async () => {
    await using stage = await openCallStage(returns('1'));
    for (const { name } of interfaces) {
      const call = (...parameters: (string | null)[]) =>
        stage.sql.query(`SELECT crossbar.${name}($1, $2, $3)`, [...parameters, null, null, null].slice(0, 3));
      for (const uri of ['com', 'com.\u00fcber.\u{1f600}', 'wamp.session.count', 'crossbar.a']) await call(uri);
      for (const uri of [null, '', 'com.', '.com', 'com..a', 'com.a b', 'com.a#', 'com.a\n']) {
        const error = await errorOf(call(uri));
        const shown = uri === null ? 'NULL' : `'${uri}'`;
        expect(error).to.include({ code: invalidParameterValue, message: `procedure is not a WAMP URI: ${shown}` });
        expect(error.hint).to.match(/^A URI is one or more parts joined by "\."/);
      }
      for (const [args, kwargs, message] of [
        ['{}', null, 'args is a JSON object, not an array'],
        ['null', null, 'args is a JSON null, not an array'],
        [null, '[]', 'kwargs is a JSON array, not an object'],
        ['[]', '"a"', 'kwargs is a JSON string, not an object'],
      ] as const) {
        const error = await errorOf(call('com.a', args, kwargs));
        expect(error).to.include({ code: invalidParameterValue, message });
        expect(error.hint).to.match(/arguments are a JSON/);
      }
    }
  });

  it('may contain every option with a value of its type, and no unknown option', async () => {
    await using stage = await openCallStage(returns('1'));
    for (const { name, options: known, other, all } of interfaces) {
      const call = (json: string) => stage.sql.query(`SELECT crossbar.${name}('com.a', options => $1)`, [json]);
      for (const [option, { right, wrong, rule }] of Object.entries(known)) {
        for (const json of right) await call(`{"${option}": ${json}}`);
        for (const json of wrong) {
          const error = await errorOf(call(`{"${option}":${json}}`));
          expect(error.message).to.equal(`option '${option}' is ${json}`);
          expect(error).to.include({ code: invalidParameterValue, hint: `Option '${option}' is ${rule}.` });
        }
      }
      for (const option of [
        ...Object.keys(other),
        'Timeout',
        'receive_progress',
        '',
        `'; DROP TABLE crossbar._link; --`,
      ]) {
        const error = await errorOf(call(JSON.stringify({ [option]: true })));
        expect(error.message).to.equal(`options has an unknown option: '${option.replaceAll("'", "''")}'`);
        expect(error).to.include({ code: invalidParameterValue, hint: `The options of crossbar.${name} are ${all}.` });
      }
      for (const [json, type] of [
        ['[]', 'array'],
        ['null', 'null'],
      ] as const) {
        const error = await errorOf(call(json));
        expect(error).to.include({ code: invalidParameterValue, message: `options is a JSON ${type}, not an object` });
      }
    }
  });

  it('reach the link as WAMP options only, with a default timeout of 30 seconds', async () => {
    await using stage = await openCallStage(returns(null));
    for (const given of ['{"timeout": 0, "disclose_me": true}', '{"realm": "realm1"}', '{}']) {
      await stage.sql.query(`SELECT crossbar.call('com.a', options => $1)`, [given]);
    }
    const sent = stage.requests.map(({ options: each }) => each);
    expect(sent).to.deep.equal([{ timeout: 0, disclose_me: true }, { timeout: 30_000 }, { timeout: 30_000 }]);
  });

  it('are escaped, and so are role names and settings', async () => {
    await using stage = await openCallStage(returns(null));
    const { sql, requests } = stage;
    await sql.query(`SELECT crossbar.grant_call('public', '*')`);
    const evil = [`a","x":"`, `a'),('`, `a\\`, `a"],["cancel",1]`, `a$$b$1`, `--a`].map((text) =>
      text.replaceAll(' ', ''),
    );
    for (const text of evil) {
      await sql.query('SELECT crossbar.call($1, $2, $3)', [
        text,
        JSON.stringify([text]),
        JSON.stringify({ [text]: text }),
      ]);
      const { rows: quoted } = await sql.query<{ name: string }>('SELECT quote_ident($1) AS name', [
        `${stage.database.name}${text}`,
      ]);
      const role = quoted[0]?.name ?? '';
      await sql.query(`CREATE ROLE ${role}; GRANT EXECUTE ON FUNCTION crossbar.call TO ${role}; SET ROLE ${role}`);
      await sql.query(`SELECT crossbar.call('com.role')`);
      await sql.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
      const [direct, asRole] = requests.splice(0);
      expect(direct).to.deep.include({ procedure: text, options: { timeout: 30_000 } });
      expect(JSON.parse(direct?.args ?? '')).to.deep.equal([text]);
      expect(JSON.parse(direct?.kwargs ?? '')).to.deep.equal({ [text]: text });
      expect(asRole?.identity).to.include({ session_user: 'postgres', role: `${stage.database.name}${text}` });
    }
  });

  it('include crossbar.forward_for in sessions of components, if it is a valid list', async () => {
    await using stage = await openCallStage(returns(null));
    const { sql, control, requests } = stage;
    await sql.query(`SELECT crossbar.grant_call('crossbar', 'com.a')`);
    const call = `SELECT crossbar.call('com.a')`;
    const hops = [{ session: 5, authid: 'joe"', authrole: 'user' }, { authid: 'a' }];
    for (const setting of [JSON.stringify(hops), '[]', '']) {
      await control.query(`SELECT set_config('crossbar.forward_for', $1, false)`, [setting]);
      await control.query(call);
    }
    const own = { authid: 'crossbar', authrole: 'crossbar' };
    const sent = requests.map(({ identity }) => identity.forward_for);
    expect(sent).to.deep.equal([[...hops, own], [own], [own]]);
    for (const [setting, code] of [
      ['{}', invalidParameterValue],
      ['[1]', invalidParameterValue],
      ['[],"role":"x"', '22P02'],
    ]) {
      await control.query(`SELECT set_config('crossbar.forward_for', $1, false)`, [setting]);
      expect((await errorOf(control.query(call))).code, setting).to.equal(code);
    }
    expect(requests).to.have.length(3);
    expect(await rows(control, `SELECT set_config('crossbar.forward_for', '', false)`)).to.have.length(1);
  });

  it('ignore crossbar.forward_for in other sessions, for any role', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, requests } = stage;
    await using roles = await createRoles(sql, 1);
    const [clerk] = roles.names;
    await sql.query(`GRANT EXECUTE ON FUNCTION crossbar.call, crossbar.call_stream, crossbar.call_async TO ${clerk}`);
    await sql.query(`SELECT crossbar.grant_call('public', '*')`);
    for (const setting of ['[{"authid": "boss", "authrole": "chief"}]', 'nonsense']) {
      await sql.query(`SELECT set_config('crossbar.forward_for', $1, false)`, [setting]);
      for (const change of [`SET SESSION AUTHORIZATION ${clerk}`, 'SET ROLE crossbar', 'RESET ROLE']) {
        await sql.query(change);
        await sql.query(`SELECT crossbar.call('com.a'), crossbar.call_async('com.a')`);
        await sql.query(`SELECT crossbar.call_stream('com.a')`);
        await sql.query('RESET SESSION AUTHORIZATION; RESET ROLE');
      }
    }
    const clerks = [{ authid: clerk, authrole: clerk }];
    const owners = [{ authid: 'postgres', authrole: 'crossbar' }];
    const superusers = [{ authid: 'postgres', authrole: 'postgres' }];
    const all = [clerks, owners, superusers, clerks, owners, superusers];
    const kept = await rows<{ hops: object }>(
      sql,
      `SELECT identity -> 'forward_for' AS hops FROM crossbar.async_call ORDER BY called_at`,
    );
    expect(kept.map(({ hops }) => hops)).to.deep.equal(all);
    expect(requests.map(({ identity }) => identity.forward_for)).to.deep.equal(all.flatMap((hops) => [hops, hops]));
  });
});
