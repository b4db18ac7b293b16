import { sharedPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { calleeOptions, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { callerOptions, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { EventClient } from '@pgwamp/harness/fixtures/event-client';
import { join } from '@pgwamp/harness/fixtures/join';
import { runSqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { createPublisher, crossbarLogin, deliveries } from '@pgwamp/harness/fixtures/sql-stage';
import { started } from '@pgwamp/harness/fixtures/started';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';

/**
 * Actions of a role with CREATE on a schema of the search_path: operators and functions whose types match better than
 * PostgreSQL's own. Those that run as role crossbar leave a trace that no ROLLBACK removes.
 */
const plant = (planter: string) => `
  GRANT CREATE ON SCHEMA public TO ${planter};
  CREATE SEQUENCE public.caught; GRANT USAGE ON SEQUENCE public.caught TO PUBLIC;
  SET ROLE ${planter};
  DO $$
  DECLARE
    types text[] := ARRAY['oid', 'regnamespace', 'regclass', 'regproc', 'regprocedure', 'regrole', 'regtype', 'name', 'text', 'varchar', '"char"',
      'integer', 'bigint', 'pg_lsn', 'text[]', 'name[]', 'oid[]', 'jsonb'];
    one text; other text; operator text;
  BEGIN
    FOREACH one IN ARRAY types LOOP
      FOREACH other IN ARRAY types LOOP
        EXECUTE format('CREATE FUNCTION public.trap(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $trap$
          BEGIN IF current_user = ''crossbar'' THEN PERFORM nextval(''public.caught''); END IF; RETURN true; END $trap$', one, other);
        FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '<=', '>=', '||', '@>', '<@', '->>'] LOOP
          EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.trap)', operator, one, other);
        END LOOP;
      END LOOP;
      FOREACH operator IN ARRAY ARRAY['lower', 'format', 'to_regclass', 'octet_length', 'pg_get_userbyid', 'split_part', 'quote_ident',
          'current_setting', 'set_config', 'to_jsonb', 'hashtext', 'pg_try_advisory_lock'] LOOP
        EXECUTE format('CREATE FUNCTION public.%s(%s) RETURNS text LANGUAGE plpgsql AS $trap$
          BEGIN PERFORM public.trap(''''::text, ''''::text); RETURN NULL; END $trap$', operator, one);
      END LOOP;
    END LOOP;
  END $$;
  RESET ROLE`;

async function setUpOnly(database: TestDatabase): Promise<void> {
  await runSqlFile(database, 'setup.sql');
}

/** A database in which pgwamp is not installed yet and somebody lies in wait, whatever the path of role crossbar. */
async function openStage() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await (await sharedPostgres()).createDatabase(setUpOnly));
  const sql = stack.use(await database.connect());
  const { names } = stack.use(await createRoles(sql, 2));
  const [planter = '', owner = ''] = names;
  await sql.query(plant(planter));
  await sql.query(`GRANT ${owner} TO crossbar; GRANT CREATE, USAGE ON SCHEMA public TO ${owner}`);
  await sql.query(`ALTER ROLE crossbar IN DATABASE ${database.name} SET search_path = public, pg_catalog`);
  const router = stack.use(createRouter({ realms: ['realm1'] }));
  const kept = stack.move();
  return {
    database,
    router,
    sql,
    /** Owns functions that crossbar may run. */
    owner,
    /** The number of times that something ran as role crossbar. */
    async caught(): Promise<number> {
      const { rows } = await sql.query(
        'SELECT CASE WHEN is_called THEN last_value::int ELSE 0 END AS caught FROM public.caught',
      );
      return rows[0].caught;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const silent = { log: pino({ level: 'silent' }) };
const handler = `CREATE FUNCTION public.double(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'`;

describe('Operators and functions planted in public', function () {
  this.timeout(60_000);

  for (const delivery of deliveries) {
    it(`are not run by a Publisher, by delivery ${delivery}`, async () => {
      await using stage = await openStage();
      await using client = await EventClient.join(stage.router, ['com.example.topic']);
      await using publisher = createPublisher(stage.database, stage.router, delivery);
      await publisher.start();
      await stage.sql.query(`SELECT crossbar.publish('com.example.topic', '[1]')`);
      await stage.sql.query(`SELECT crossbar.publish('com.example.topic', '[2]', autonomous => true)`);
      expect(await client.payloads(2)).to.have.members([',[1]', ',[2]']);
      await publisher.stop();
      expect(await stage.caught()).to.equal(0);
    });
  }

  it('are not run by a Callee', async () => {
    await using stage = await openStage();
    const memory = { type: 'memory', router: stage.router } as const;
    await using callee = await startCallee(calleeOptions(stage.database, memory));
    await stage.sql.query(
      `${handler}; SELECT crossbar.register('com.example.double', 'public.double(int)', '{"run_as": "${stage.owner}"}')`,
    );
    await waitFor(() => callee.status().registrations.registered === 1, { what: 'the registration' });
    await using caller = await join(stage.router);
    expect((await caller.call('com.example.double', [21])).args).to.deep.equal([42]);
    await callee.stop();
    expect(await stage.caught()).to.equal(0);
  });

  it('are not run by a Subscriber', async () => {
    await using stage = await openStage();
    const transport = { type: 'memory', router: stage.router } as const;
    const extra = { database: crossbarLogin(stage.database) };
    await using subscriber = await started(new Subscriber({ realm: 'realm1', transport, extra }, silent));
    await stage.sql.query(`CREATE TABLE public.seen (n int); GRANT ALL ON public.seen TO PUBLIC;
      CREATE FUNCTION public.see(n int) RETURNS void LANGUAGE sql AS 'INSERT INTO public.seen VALUES (n)';
      SELECT crossbar.subscribe('com.example.topic', 'public.see(int)', '{"run_as": "${stage.owner}"}')`);
    await waitFor(() => subscriber.status().subscriptions.subscribed === 1, { what: 'the subscription' });
    await using peer = await join(stage.router);
    await peer.publish('com.example.topic', [7], {}, { acknowledge: true });
    await waitFor(async () => (await stage.sql.query('SELECT FROM public.seen')).rows.length === 1, {
      what: 'the event',
    });
    await subscriber.stop();
    expect(await stage.caught()).to.equal(0);
  });

  it('are not run by a Caller', async () => {
    await using stage = await openStage();
    await using callee = await join(stage.router);
    await callee.register('com.example.double', ([n]) => Number(n) * 2);
    await using caller = await startCaller(callerOptions(stage.database, { type: 'memory', router: stage.router }));
    const { rows } = await stage.sql.query(`SELECT crossbar.call('com.example.double', '[21]') AS result`);
    expect(rows[0].result).to.equal(42);
    await caller.stop();
    expect(await stage.caught()).to.equal(0);
  });
});
