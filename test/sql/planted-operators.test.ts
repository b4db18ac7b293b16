import { plant } from '@pgwamp/harness/fixtures/planted-operators';
import { fails, openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { createSetUpDatabase, rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const sprung = 'SELECT DISTINCT name FROM public.trap';

describe('Planted operators and functions', () => {
  for (const delivery of deliveries) {
    it(`are not run by publishing, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.topic'], { delivery });
      const { sql } = stage;
      await sql.query(`CREATE TABLE people (id integer, content json);
        CREATE TRIGGER people AFTER INSERT OR DELETE ON people FOR EACH ROW
          EXECUTE FUNCTION crossbar.publish_row_change('com.example.topic', '{"exclude": ["id"]}')`);
      await plant(sql);
      await sql.query(`SET search_path = public; SELECT crossbar.publish('com.example.topic', '[1]', '{"a": 1}')`);
      for (const statement of [
        `SELECT crossbar.publish('com.example.topic', options => '{"acknowledge": true, "eligible": [1]}')`,
        `SELECT crossbar.publish('com.example.topic', options => '{"acknowledge": true}', autonomous => true)`,
        `INSERT INTO people VALUES (1, '{}'), (2, '"\\u0000"'); DELETE FROM people`,
        'SELECT * FROM crossbar.publications',
        'SELECT * FROM crossbar.realms',
      ]) {
        await sql.query(statement);
      }
      for (const refused of [
        `SELECT crossbar.publish('com.example.#')`,
        `SELECT crossbar.publish('wamp.topic')`,
        `SELECT crossbar.publish('com.example.topic', options => '{"a": 1}')`,
        `SELECT crossbar.raise('com.example.error', '[1]')`,
      ]) {
        await errorOf(sql.query(refused));
      }
      expect(await rows(sql, sprung)).to.deep.equal([]);
    });
  }

  it('are not run by registering and calling', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql } = stage;
    await using roles = await createRoles(sql, 1);
    const [app = ''] = roles.names;
    await sql.query(`GRANT ${app} TO crossbar; CREATE FUNCTION public.f(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql AS '';
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA crossbar TO ${app};
      GRANT SELECT ON ALL TABLES IN SCHEMA crossbar TO ${app}`);
    await plant(sql);
    await sql.query(`SET search_path = public; SET ROLE ${app}`);
    for (const statement of [
      `SELECT crossbar.grant_call('${app}', 'com..b'), crossbar.grant_call('${app}', 'com.*'), crossbar.revoke_call('public', 'com.a')`,
      `SELECT crossbar.call('com.a', '[1]', '{"a": 1}')`,
      `SELECT crossbar.call('com.a', options => '{"timeout": 1000, "realm": "realm1"}')`,
      `SELECT crossbar.call_stream('com.a')`,
      `SELECT crossbar.call_async('com.a', '[1]', options => '{"handler": "public.f", "retries": 1}')`,
      `SELECT crossbar.register('com.a', 'f(bigint, jsonb, jsonb)', '{"concurrency": 1}')`,
      `SELECT crossbar.subscribe('com.', 'f(bigint, jsonb, jsonb)', '{"match": "prefix", "queue_group": "a"}')`,
      `SELECT crossbar.subscribe('com.', 'f(bigint, jsonb, jsonb)', '{"match": "prefix"}')`,
      'SELECT * FROM crossbar.registrations, crossbar.subscriptions, crossbar.calls',
      `SELECT crossbar.unregister('com.a'), (SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions)`,
    ]) {
      await sql.query(statement);
    }
    for (const refused of [
      `SELECT crossbar.call('org.a')`,
      `SELECT crossbar.call('com.a', options => '{"a": 1}')`,
      `SELECT crossbar.call_async('com.a', options => '{"handler": "public.absent"}')`,
      `SELECT crossbar.register('com.a', 'f(bigint, jsonb, jsonb)', '{"run_as": "postgres"}')`,
    ]) {
      await errorOf(sql.query(refused));
    }
    await sql.query('RESET ROLE');
    expect(await rows(sql, sprung)).to.deep.equal([]);
  });

  it('are not run by the reset of a pooled session, for any search_path of its role', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await plant(sql);
    await sql.query(`SET search_path = public; PREPARE foreign_one AS SELECT 1`);
    await sql.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database.name} SET search_path = public`);
    await using session = await database.connect();
    await session.query('PREPARE foreign_one AS SELECT 1');
    expect(await value(session, 'SELECT crossbar._reset()')).to.equal(false);
    await session.query('DEALLOCATE foreign_one');
    expect(await value(session, 'SELECT crossbar._reset()')).to.equal(true);
    await session.query('PREPARE foreign_one AS SELECT 1');
    expect(await value(session, `SELECT crossbar._clean_up('1000')`)).to.deep.equal(['foreign_one']);
    expect(await value(session, 'SHOW search_path')).to.equal('public');
    expect(await value(session, `SELECT current_setting('crossbar.caller')`)).to.equal('');
    expect(await rows(sql, sprung)).to.deep.equal([]);
    await sql.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database.name} RESET search_path`);
  });
});

describe('Session that may call', () => {
  it('cannot read the secret of the link in printed plans', async () => {
    await using stage = await openCallStage(fails('com.example.error'));
    const { sql, secret } = stage;
    await using roles = await createRoles(sql, 1);
    const [app = ''] = roles.names;
    const printed: string[] = [];
    sql.on('notice', ({ message = '', detail = '' }) => printed.push(`${message} ${detail}`.replaceAll(/\s+/g, ' ')));
    await sql.query(`GRANT EXECUTE ON FUNCTION crossbar.call TO ${app}; SELECT crossbar.grant_call('${app}', '*');
      SET ROLE ${app}; SET client_min_messages = log; SET debug_print_plan = on; SET debug_print_parse = on; SET debug_print_rewritten = on`);
    await errorOf(sql.query(`SELECT crossbar.call('com.a')`));
    await sql.query('RESET client_min_messages; RESET ROLE');
    // A text is printed as its bytes, over several lines.
    const bytes = [...Buffer.from(secret)].join(' ');
    expect(printed.join('')).to.include('_connect_to_caller');
    expect(printed.filter((text) => text.includes(bytes) || text.includes(secret))).to.deep.equal([]);
  });
});
