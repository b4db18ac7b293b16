import { once } from 'node:events';
import { request } from 'node:http';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { type NodeWithConsole, startWithConsole } from '../support/console.ts';
import { key, signIn as signedIn, tokenOf } from '../support/console-sign-in.ts';

const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

/** The status that a request with these headers gets, which fetch does not let a caller write. */
async function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const asked = request(url, { headers }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

describe('Console: HTTP service', () => {
  it('serves the page, and streams changes of the state', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, {});
    expect(await (await page.ask('')).text()).to.include('<title>pgwamp console</title>');
    expect(await (await page.ask('config.json')).json()).to.deep.include({ path: 'api/ws', node: true });
    const states = await page.ask('api/state');
    const reader = states.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { value = '' } = (await reader?.read()) ?? {};
    await reader?.cancel();
    const state = JSON.parse(value.replace(/^data: /, ''));
    expect(state).to.have.nested.property('workers[0].components[0].state', 'running');
    expect(state.databases).to.have.length(1);
    expect(JSON.stringify(state)).not.to.include('"password"');
  });

  it('does not delay the end of the node while pages are open', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, {});
    const { node, url } = page;
    const { origin } = new URL(url);
    const sockets = ['api/tail', 'api/ws'].map((path) => new WebSocket(`${url}${path}`, 'wamp.2.json', { origin }));
    await Promise.all(sockets.map((socket) => withDeadline(once(socket, 'open'), 10_000, 'the page to be open')));
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    node.process.kill('SIGTERM');
    expect(await node.exit()).to.deep.equal({ code: 143, signal: null });
    await closed;
  });

  it('requires the password, and keeps a session by a cookie', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { password: 'correct horse' });
    expect((await page.ask('api/history')).status).to.equal(401);
    expect(await (await page.ask('api/session')).json()).to.deep.equal({ method: 'password', writes: false });
    expect((await page.ask('api/session', post({ secret: 'wrong' }))).status).to.equal(403);
    const signedIn = await page.ask('api/session', post({ secret: 'correct horse' }));
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie)
      .to.match(/HttpOnly/)
      .and.to.match(/SameSite=Strict/);
    const [pair = ''] = cookie.split(';');
    expect((await page.ask('api/history', { headers: { cookie: pair } })).status).to.equal(200);
    const forged = `${pair.slice(0, -3)}AAA`;
    expect((await page.ask('api/history', { headers: { cookie: forged } })).status).to.equal(401);
  });

  it('compares no more passwords after ten wrong ones in a minute', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { password: 'right' });
    for (let attempt = 0; attempt < 10; attempt += 1)
      await page.ask('api/session', post({ secret: `wrong ${attempt}` }));
    const answer = await page.ask('api/session', post({ secret: 'right' }));
    expect(answer.status).to.equal(429);
    expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 60);
    expect(((await answer.json()) as { error: string }).error).to.match(/too many wrong passwords .* in \d+ s$/);
  });

  it('accepts a token with a valid signature, expiry and audience', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { token: { key, algorithm: 'HS256', audience: 'console' } });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const signIn = async (claims: object, secret = key) =>
      (await page.ask('api/session', post({ secret: tokenOf(claims, secret) }))).status;
    expect(await signIn({ sub: 'ann', aud: 'console', exp })).to.equal(200);
    expect(await signIn({ sub: 'ann', aud: 'console', exp: exp - 3600 })).to.equal(403);
    expect(await signIn({ sub: 'ann', aud: 'elsewhere', exp })).to.equal(403);
    expect(await signIn({ sub: 'ann', aud: 'console' })).to.equal(403);
    expect(await signIn({ sub: 'ann', aud: 'console', exp }, 'another secret of thirty-two bytes')).to.equal(403);
    expect((await page.ask('api/session', post({ secret: 'no token' }))).status).to.equal(403);
  });

  it('refuses other origins and other host names (DNS rebinding)', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    const { port } = new URL(page.url);
    expect(await statusOf(`${page.url}api/history`, { host: `rebound.example.com:${port}` })).to.equal(403);
    const elsewhere = {
      ...post({ action: 'failed/discard', row: { id: 1 } }),
      headers: { origin: 'https://example.com' },
    };
    expect((await page.ask('api/action', elsewhere)).status).to.equal(403);
  });

  it('shows refused publications, and publishes or discards them if writes are enabled', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    await using sql = await database.connect();
    await sql.query(`INSERT INTO crossbar.refused_publication (realm, id, topic, args, error)
      VALUES ('realm1', 7, 'com.example.a', '[9007199254740993]', 'wamp.error.not_authorized')`);
    const [name = ''] = (await firstState(page)).databases;
    const rows = async () => {
      const answer = await page.ask(`api/rows?${new URLSearchParams({ database: name, section: 'refused' })}`);
      return (await answer.json()) as Record<string, unknown>[];
    };
    const [row] = await rows();
    expect(row).to.deep.include({ realm: 'realm1', id: '7', topic: 'com.example.a', args: '[9007199254740993]' });
    const act = async (action: string) => (await page.ask('api/action', post({ database: name, action, row }))).status;
    expect(await act('refused/drop table')).to.equal(404);
    expect(await act('refused/publish')).to.equal(200);
    expect(await act('refused/discard')).to.equal(409);
    expect(await rows()).to.deep.equal([]);
    await page.node.process.waitFor({ msg: 'console: refused/publish by local' });
    await waitFor(async () => (await firstState(page)).workers[0]?.components[0]?.status.published === 1, {
      what: 'the publication',
    });
  });

  it('returns a row of every section, and retries a parked message', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    await using sql = await database.connect();
    await sql.query(`INSERT INTO crossbar.parked_message
      (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
      VALUES ('proxy', 'broker', 'changes', '0/1/0', 'orders', '', '', 'text/plain', '{}', 'hello', 'too large', 'parked')`);
    const [name = ''] = (await firstState(page)).databases;
    const rows = async (section: string) => {
      const answer = await page.ask(`api/rows?${new URLSearchParams({ database: name, section })}`);
      expect(answer.status, section).to.equal(200);
      return (await answer.json()) as Record<string, unknown>[];
    };
    for (const section of ['realms', 'slots', 'registrations', 'subscriptions', 'failed', 'calls', 'proxies']) {
      await rows(section);
    }
    const [row] = await rows('parked');
    expect(row).to.deep.include({ payload: 'hello', error: 'too large', state: 'parked' });
    const retried = await page.ask('api/action', post({ database: name, action: 'parked/retry', row }));
    expect(retried.status).to.equal(200);
    expect(await rows('parked')).to.have.nested.property('[0].state', 'retrying');
    expect((await page.ask(`api/rows?${new URLSearchParams({ database: name, section: 'users' })}`)).status).to.equal(
      404,
    );
  });

  it('logs every write with the user and the target, without its content', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { token: { key, algorithm: 'HS256' }, writes: true });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const cookie = await signedIn(page, tokenOf({ sub: 'ann', exp }));
    await using sql = await database.connect();
    await sql.query(`INSERT INTO crossbar.refused_publication (realm, id, topic, args, error)
        SELECT 'realm1', id, 'com.example.a', '["private"]', 'wamp.error.not_authorized' FROM generate_series(1, 2) AS id;
      INSERT INTO crossbar.failed_event (subscription, topic, publication, args, error)
        SELECT 1, 'com.example.a', id, '["private"]', 'com.example.error.bad' FROM generate_series(1, 2) AS id;
      INSERT INTO crossbar.async_call (id, procedure, args, identity, role, state)
        SELECT id, 'com.example.a', '["private"]', '{}', 'postgres', 'failed' FROM generate_series(1, 2) AS id;
      INSERT INTO crossbar.parked_message
        (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
        SELECT 'proxy', 'broker', 'changes', '0/' || id || '/0', 'orders', '', '', 'text/plain', '{}', 'private', 'too large', 'parked'
        FROM generate_series(1, 2) AS id`);
    const { rows: failed } = await sql.query('SELECT id::text FROM crossbar.failed_event ORDER BY id');
    const { rows: parked } = await sql.query('SELECT id::text FROM crossbar.parked_message ORDER BY id');
    const [name = ''] = (await firstState(page, { headers: { cookie } })).databases;
    const writes: [action: string, row: Record<string, unknown>][] = [
      ['refused/publish', { realm: 'realm1', id: '1' }],
      ['refused/discard', { realm: 'realm1', id: '2' }],
      ['failed/publish', { id: failed[0]?.id }],
      ['failed/discard', { id: failed[1]?.id }],
      ['calls/retry', { id: '1' }],
      ['calls/discard', { id: '2' }],
      ['parked/retry', { id: parked[0]?.id }],
      ['parked/discard', { id: parked[1]?.id }],
    ];
    for (const [action, row] of writes) {
      const body = { database: name, action, row: { ...row, args: '["private"]', payload: 'private' } };
      expect((await page.ask('api/action', { ...post(body), headers: { cookie } })).status, action).to.equal(200);
      const told = await page.node.process.waitFor({ msg: `console: ${action} by ann` });
      expect(told).to.deep.include({ operator: 'ann', action, database: name, row });
    }
    const body = { action: 'sessions/close', row: { worker: 'router-1', session: 4711 } };
    expect((await page.ask('api/action', { ...post(body), headers: { cookie } })).status).to.equal(409);
    const told = await page.node.process.waitFor({
      msg: 'console: sessions/close by ann, but it no longer existed',
    });
    expect(told).to.deep.include({ operator: 'ann', worker: 'router-1', realm: 'realm1', session: 4711 });
    expect(page.node.process.output).not.to.include('private');
  });

  it('changes nothing if it is read-only', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, {});
    const answer = await page.ask('api/action', post({ action: 'failed/discard', row: { id: 1 } }));
    expect(answer.status).to.equal(403);
    expect(((await answer.json()) as { error: string }).error).to.include('"writes": true');
  });
});

/** The parts of the first state that the page uses. */
interface State {
  readonly databases: readonly string[];
  readonly workers: readonly { readonly components: readonly { readonly status: { readonly published: number } }[] }[];
}

async function firstState(page: Pick<NodeWithConsole, 'ask'>, request: RequestInit = {}): Promise<State> {
  const states = await page.ask('api/state', request);
  const reader = states.body?.pipeThrough(new TextDecoderStream()).getReader();
  const { value = '' } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return JSON.parse(value.replace(/^data: /, ''));
}
