import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { prepareStage, type Stage } from '../support/stage.ts';

/** A Proxy whose route leads through a function with a certain body, which returns destination, key, headers and payload. */
async function startWith(stage: Stage, body: string, route: object = {}) {
  await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC;
    CREATE FUNCTION routes.route(message jsonb) RETURNS TABLE (destination text, key text, headers jsonb, payload text) LANGUAGE plpgsql AS $$ ${body} $$`);
  return await stage.start({
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

describe('a route through a function of SQL', () => {
  it('sends what the function returns: nothing, one message or several, with all digits', async () => {
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
    expect(ids[2]).to.equal(`${ids[1]}/1`);
  });

  it('leaves to the route what the function leaves out', async () => {
    await using stage = await prepareStage();
    await using _proxy = await startWith(stage, `BEGIN RETURN QUERY SELECT NULL, 'k', NULL::jsonb, NULL; END`);
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    await stage.broker.has(1);
    const [message] = list(stage);
    expect(message).to.include({ destination: 'default', key: 'k' });
    expect(message?.payload).to.contain('"action":"insert"');
  });

  it('parks the messages that it fails for, or takes too long for, and sends the others', async () => {
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
    const parked = await stage.run('SELECT error FROM crossbar.parked_message ORDER BY id');
    expect(parked.map(({ error }) => error)).to.deep.equal([
      'the function that routes it failed: not this one',
      'the function that routes it failed: canceling statement due to statement timeout',
    ]);
  });

  it('refuses the messages of a function that returns something else', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC;
      CREATE FUNCTION routes.wrong(message jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"destnation": "x"}'::jsonb $$`);
    await using _proxy = await stage.start({ routes: [{ from: 'changes', to: 'broker', function: 'routes.wrong' }] });
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    const parked = () => stage.run('SELECT error FROM crossbar.parked_message');
    await waitFor(async () => (await parked()).length === 1, { what: 'the message to be parked' });
    expect((await parked())[0]?.error).to.equal(
      'the function that routes it returned destnation: it has to return rows with some of the columns destination, key, headers and payload',
    );
  });
});

describe('routes that the database has nothing for', () => {
  it('reject the first start, and say what is missing', async () => {
    await using stage = await prepareStage();
    const problem = (route: object) =>
      stage.start({ routes: [{ from: 'changes', to: 'broker', ...route }] }).then(
        () => 'none',
        (error: Error) => error.message,
      );
    expect(await problem({ function: 'public.nothing' })).to.equal(
      'routes cannot be used: routes[0]: there is no function public.nothing(jsonb); create it, or correct the name',
    );
    expect(await problem({ tables: ['public.orders'], key: '{row.itm}', headers: { a: '{old.id}' } })).to.equal(
      'routes cannot be used: routes[0]: a template names column itm, which table public.orders does not have',
    );
  });
});
