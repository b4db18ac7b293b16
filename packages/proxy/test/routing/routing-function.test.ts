import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { keptLog } from '../support/open-sink.ts';
import { prepareStage, type Stage } from '../support/stage.ts';

/** A Proxy whose route leads through a function with a certain body, which returns destination, key, headers and payload. */
async function startWith(stage: Stage, body: string, route: object = {}, extra: Parameters<Stage['start']>[0] = {}) {
  await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC;
    CREATE FUNCTION routes.route(message jsonb) RETURNS TABLE (destination text, key text, headers jsonb, payload text) LANGUAGE plpgsql AS $$ ${body} $$`);
  return await stage.start({
    ...extra,
    routes: [{ from: 'changes', to: 'broker', destination: 'default', function: 'routes.route', ...route }],
  });
}

const list = (stage: Stage) =>
  stage.broker.messages.map(({ destination, key, headers, payload }) => ({
    destination,
    key,
    headers,
    payload: String(payload),
  }));

describe('Proxy: routing functions', () => {
  it('sends the messages that the function returns: none, one or several, with all digits', async () => {
    await using stage = await prepareStage();
    await using _proxy = await startWith(
      stage,
      `BEGIN
        IF message #>> '{row,item}' = 'drop' THEN RETURN; END IF;
        RETURN QUERY SELECT 'a.' || (message ->> 'action'), message #>> '{row,id}', '{"n": 1, "s": "x"}'::jsonb, '{"n": 12345678901234567890.10}';
        IF message #>> '{row,item}' = 'twice' THEN RETURN QUERY SELECT 'b', NULL, NULL::jsonb, 'text'; END IF;
      END`,
    );
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'drop'), (3, 'twice')`);
    await stage.broker.has(3);
    const headers = { n: '1', s: 'x' };
    expect(list(stage)).to.deep.equal([
      { destination: 'a.insert', key: '1', headers, payload: '{"n": 12345678901234567890.10}' },
      { destination: 'a.insert', key: '3', headers, payload: '{"n": 12345678901234567890.10}' },
      { destination: 'b', key: '3', headers: {}, payload: 'text' },
    ]);
    const ids = stage.broker.messages.map(({ id }) => id);
    expect(ids[2]).to.equal(`${ids[1]}.1`);
  });

  it('runs the function as the second login if configured', async () => {
    await using stage = await prepareStage();
    const database = { ...stage.database.options, worker: { password: 'crossbar_worker' } };
    const body = `BEGIN RESET ROLE; RETURN QUERY SELECT concat_ws(' ', session_user, current_user), 'k', NULL::jsonb, NULL; END`;
    await using _proxy = await startWith(stage, body, {}, { database });
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    await stage.broker.has(1);
    expect(list(stage)[0]).to.include({ destination: 'crossbar_worker crossbar_worker' });
  });

  it('uses the values of the route for columns that are NULL', async () => {
    await using stage = await prepareStage();
    await using _proxy = await startWith(stage, `BEGIN RETURN QUERY SELECT NULL, 'k', NULL::jsonb, NULL; END`);
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    await stage.broker.has(1);
    const [message] = list(stage);
    expect(message).to.include({ destination: 'default', key: 'k' });
    expect(message?.payload).to.contain('"action":"insert"');
  });

  it('parks messages for which the function fails or exceeds its timeout, and sends others', async () => {
    await using stage = await prepareStage();
    const body = `BEGIN
      IF message #>> '{row,item}' = 'bad' THEN RAISE EXCEPTION 'not this one'; END IF;
      IF message #>> '{row,item}' = 'slow' THEN PERFORM pg_sleep(60); END IF;
      RETURN QUERY SELECT 'ok', message #>> '{row,id}', NULL::jsonb, NULL;
    END`;
    await using _proxy = await startWith(stage, body, { function_timeout: 500 });
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'bad'), (3, 'slow'), (4, 'four')`);
    await stage.broker.has(2);
    expect(list(stage).map(({ key }) => key)).to.deep.equal(['1', '4']);
    const errors = async () => {
      const parked = await stage.run('SELECT error FROM crossbar.parked_message ORDER BY id');
      return parked.map(({ error }) => error);
    };
    await waitFor(async () => (await errors()).length === 2, { what: 'two parked messages' });
    expect(await errors()).to.deep.equal([
      'the routing function failed: not this one',
      'the routing function failed: canceling statement due to statement timeout',
    ]);
  });

  it('parks messages whose headers are not a JSON object, and omits headers that are null', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC;
      CREATE FUNCTION routes.texts(message jsonb) RETURNS TABLE (headers text)
        LANGUAGE sql AS $$ SELECT message #>> '{row,item}' $$`);
    await using _proxy = await stage.start({ routes: [{ from: 'changes', to: 'broker', function: 'routes.texts' }] });
    await stage.run(
      `INSERT INTO orders VALUES (1, 'no JSON'), (2, '[1]'), (3, '"x"'), (4, 'null'), (5, '{"a": null, "b": [1]}')`,
    );
    await stage.broker.has(1);
    expect(stage.broker.messages.map(({ headers }) => headers)).to.deep.equal([{ b: '[1]' }]);
    const parked = () => stage.run('SELECT error FROM crossbar.parked_message');
    await waitFor(async () => (await parked()).length === 4, { what: 'the others to be parked' });
    for (const { error } of await parked())
      expect(error).to.match(/^the routing function returned headers that are not a JSON object: /);
  });

  it('holds messages while the function is missing or may not be called, and logs it', async () => {
    await using stage = await prepareStage();
    const { log, lines } = keptLog();
    const create = `CREATE FUNCTION routes.route(message jsonb) RETURNS TABLE (key text)
      LANGUAGE sql AS $$ SELECT message #>> '{row,id}' $$`;
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC; ${create}`);
    const routes = [{ from: 'changes', to: 'broker', function: 'routes.route' }];
    await using proxy = await stage.start({ routes }, log);
    const said = (text: string) =>
      waitFor(() => lines.some(({ msg }) => msg.includes(text)), { what: `"${text}" in the log` });
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    await stage.broker.has(1);
    await stage.run('DROP FUNCTION routes.route(jsonb)');
    await stage.run(`INSERT INTO orders VALUES (2, 'two')`);
    await said('function routes.route(jsonb) does not exist; create it');
    await stage.run(create);
    await stage.broker.has(2);
    await stage.run('REVOKE EXECUTE ON FUNCTION routes.route(jsonb) FROM PUBLIC');
    await stage.run(`INSERT INTO orders VALUES (3, 'three')`);
    await said('may not call routes.route(jsonb); grant EXECUTE on it');
    await stage.run('GRANT EXECUTE ON FUNCTION routes.route(jsonb) TO PUBLIC');
    await stage.broker.has(3);
    expect(list(stage).map(({ key }) => key)).to.deep.equal(['1', '2', '3']);
    expect(proxy.status().sinks.broker).to.include({ refused: 0, parked: 0 });
  });

  it('holds messages while another owner has created its function again, and logs it', async () => {
    await using stage = await prepareStage();
    const { log, lines } = keptLog();
    const create = `CREATE FUNCTION routes.route(message jsonb) RETURNS TABLE (key text)
      LANGUAGE sql AS $$ SELECT message #>> '{row,id}' $$`;
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC; ${create}`);
    await using _proxy = await stage.start(
      { routes: [{ from: 'changes', to: 'broker', function: 'routes.route' }] },
      log,
    );
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    await stage.broker.has(1);
    await stage.run(`DROP FUNCTION routes.route(jsonb); ${create.replace('id', 'stolen')};
      ALTER FUNCTION routes.route(jsonb) OWNER TO crossbar`);
    await stage.run(`INSERT INTO orders VALUES (2, 'two')`);
    const isSaid = () =>
      lines.some(({ msg }) => /routes\.route\(jsonb\) belongs to role crossbar, and belonged to \w+ when/.test(msg));
    await waitFor(isSaid, { what: 'the other owner in the log' });
    expect(list(stage).map(({ key }) => key)).to.deep.equal(['1']);
    await stage.run(`DROP FUNCTION routes.route(jsonb); ${create}`);
    await stage.broker.has(2);
    expect(list(stage).map(({ key }) => key)).to.deep.equal(['1', '2']);
  });

  it('accepts a JSON object as a row and NULL as no message, and parks messages for other results', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC;
      CREATE FUNCTION routes.json(message jsonb) RETURNS jsonb
        LANGUAGE sql AS $$ SELECT (message #>> '{row,item}')::jsonb $$`);
    await using _proxy = await stage.start({ routes: [{ from: 'changes', to: 'broker', function: 'routes.json' }] });
    await stage.run(
      `INSERT INTO orders VALUES (1, '{"destnation": "x"}'), (2, NULL), (3, '5'), (4, '{"topic": "right"}')`,
    );
    await stage.broker.has(1);
    expect(list(stage).map(({ destination }) => destination)).to.deep.equal(['right']);
    const parked = () => stage.run('SELECT error FROM crossbar.parked_message ORDER BY id');
    await waitFor(async () => (await parked()).length === 2, { what: 'two messages to be parked' });
    const wanted = 'expected rows with some of the columns destination, key, headers and payload';
    expect((await parked()).map(({ error }) => error)).to.deep.equal([
      `the routing function returned destnation: ${wanted}`,
      `the routing function returned no object: ${wanted}`,
    ]);
  });
});

describe('Proxy: invalid routes', () => {
  it('fails the first start, and names what is missing', async () => {
    await using stage = await prepareStage();
    const start = async (route: object) => stage.start({ routes: [{ from: 'changes', to: 'broker', ...route }] });
    const problem = (route: object) =>
      start(route).then(
        () => 'none',
        (error: Error) => error.message,
      );
    expect(await problem({ function: 'public.nothing' })).to.equal(
      'routes cannot be used: routes[0]: function public.nothing(jsonb) does not exist; create it, or correct the name',
    );
    await stage.run('CREATE FUNCTION public.nothing(message text) RETURNS text LANGUAGE sql RETURN NULL');
    expect(await problem({ function: 'public.nothing' })).to.equal(
      'routes cannot be used: routes[0]: function public.nothing(jsonb) does not exist; there is public.nothing(text); ' +
        'create it, or correct the name',
    );
    expect(await problem({ function: 'public.nothing(jsonb)' })).to.include(
      'without the types of its parameters, such as shop.route_order',
    );
    expect(await problem({ tables: ['public.orders'], key: '{row.itm}', headers: { a: '{old.id}' } })).to.equal(
      'routes cannot be used: routes[0]: a template uses column itm, which does not exist in table public.orders',
    );
  });
});
