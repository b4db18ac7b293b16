import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { startWithConsole } from '../support/console.ts';
import { openConsole, reads, show, subscribed } from '../support/console-page.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Asks as an attacker does: with any headers, and without a tidied path. */
async function ask(url: string, path: string, headers: object = {}, method = 'GET', body?: string): Promise<Answer> {
  const { hostname, port, host } = new URL(url);
  const asked = request({ hostname, port, path, method, headers: { host, ...headers } });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const discard = JSON.stringify({ action: 'failed/discard', row: { id: 1 } });

describe('Console: attacks', () => {
  it('refuses requests from other sites by origin, fetch metadata, content type and host name', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, { writes: true });
    const { origin, port } = new URL(node.url);
    const json = { 'content-type': 'application/json' };
    const post = async (headers: object) =>
      (await ask(node.url, '/console/api/action', headers, 'POST', discard)).status;
    expect(await post({ ...json, origin: 'null' })).to.equal(403);
    expect(await post({ ...json, origin: 'https://example.com' })).to.equal(403);
    expect(await post({ ...json, 'sec-fetch-site': 'same-site' })).to.equal(403);
    expect(await post({ ...json, 'sec-fetch-site': 'none' })).to.equal(403);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      expect(await post({ origin, 'content-type': type }), type).to.equal(415);
    }
    const rebound = `rebound.example.com:${port}`;
    expect(await post({ ...json, host: rebound, origin: `http://${rebound}` })).to.equal(403);
    expect((await ask(node.url, '/console/api/session', { origin: 'null' }, 'DELETE')).status).to.equal(403);
    for (const name of ['state', 'doctor', 'history', 'rows', 'sessions']) {
      for (const site of ['cross-site', 'same-site']) {
        const { status } = await ask(node.url, `/console/api/${name}`, { 'sec-fetch-site': site });
        expect(status, `${name} from ${site}`).to.equal(403);
      }
    }
    expect(await post({ ...json, origin })).to.not.equal(403);
  });

  it('answers paths outside of the page with 404', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, {});
    for (const path of [
      '/console/../package.json',
      '/console/..%2fpackage.json',
      '/console/%2e%2e/%2e%2e/etc/passwd',
      '/console/..\\..\\etc\\passwd',
      '/console//etc/passwd',
      '/console/main.js%00.html',
      '/console/%00',
      '/console/%',
      '/console/__proto__',
      '/console/api/__proto__',
      '/console/api/../../status',
      '/console/api/%73tate/../x',
    ]) {
      const { status, headers, body } = await ask(node.url, path);
      expect(status, path).to.equal(404);
      expect(body, path).to.match(/^(Not found|\{"error":"not found"\})\n$/);
      expect(headers['content-security-policy'], path).to.include("default-src 'none'");
      expect(headers['x-content-type-options'], path).to.equal('nosniff');
    }
  });

  it('refuses bodies that are too long, incomplete or not a JSON object', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, { password: 'right', writes: true });
    const { origin } = new URL(node.url);
    const json = { 'content-type': 'application/json', origin };
    const send = async (headers: object, body: string) =>
      (await ask(node.url, '/console/api/session', { ...json, ...headers }, 'POST', body)).status;
    const post = (body: string) => send({ 'content-length': Buffer.byteLength(body) }, body);
    for (const body of ['', '{', 'null', '"right"', '5']) expect(await post(body), body).to.equal(400);
    expect(await post(JSON.stringify({ secret: 'x'.repeat(70_000) }))).to.equal(413);
    expect(await send({ 'transfer-encoding': 'chunked' }, '{}')).to.equal(411);
    for (const secret of [['right'], { right: 'right' }, null, true]) {
      expect(await post(JSON.stringify({ secret })), String(secret)).to.equal(403);
    }
    for (const method of ['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE']) {
      const { status } = await ask(node.url, '/console/api/state', { origin }, method);
      expect(status, method).to.be.oneOf([401, 404]);
    }
  });

  it('limits open pages, and answers other requests', async () => {
    await using database = await createSetUpDatabase();
    await using node = await startWithConsole(database, {});
    const pages = await Promise.all(Array.from({ length: 100 }, () => node.ask('api/state')));
    expect(pages.map(({ status }) => status)).to.deep.equal(pages.map(() => 200));
    const refused = await node.ask('api/state');
    expect(refused.status).to.equal(503);
    expect(await refused.text()).to.include('100 pages of this console are open already');
    expect((await node.ask('api/history')).status).to.equal(200);
    await Promise.all(pages.map(({ body }) => body?.cancel()));
  });

  it('shows HTML and invisible characters in data as text', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, sql, problems } = place;
    await using roles = await createRoles(sql, 1);
    const [role = ''] = roles.names;
    const html = `<img src=x onerror="document.title='broken'">\\u202E`;
    const literal = `U&'${html.replaceAll("'", "''").replace('\\u202E', '\\202E')}'`;
    await sql.query(`GRANT ${role} TO crossbar;
      CREATE FUNCTION show(html text DEFAULT ${literal}) RETURNS text LANGUAGE sql AS 'SELECT html';
      SELECT crossbar.register('com.example.show', 'show(text)', '{"run_as": "${role}"}')`);
    await sql.query(`DO $$ BEGIN EXECUTE format('COMMENT ON FUNCTION show IS %L', ${literal}); END $$`);
    await sql.query(`INSERT INTO crossbar.refused_publication (realm, id, topic, args, error, error_args)
        VALUES (${literal}, 7, ${literal}, '["<b>"]', ${literal}, jsonb_build_array(${literal}));
      INSERT INTO crossbar.failed_event (subscription, topic, publication, args, error)
        VALUES (1, ${literal}, 5, jsonb_build_array(${literal}), ${literal});
      INSERT INTO crossbar.async_call (id, procedure, args, identity, role, state, error, handler_error)
        VALUES (1, ${literal}, '[]', '{}', 'postgres', 'failed', ${literal}, ${literal});
      INSERT INTO crossbar.parked_message
        (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
        VALUES (${literal}, ${literal}, 'changes', ${literal}, ${literal}, ${literal}, '', 'text/plain', '{}',
          convert_to(${literal}, 'UTF8'), ${literal}, 'parked')`);
    await show(page, node, 'events');
    await subscribed(page);
    await page.getByTestId('topic-input').fill(`com.example.${'<img/src=x>'}`);
    await page.keyboard.press('Enter');
    await sql.query(
      `SELECT crossbar.publish('com.example.topic', jsonb_build_array(${literal}), jsonb_build_object(${literal}, 1))`,
    );
    await reads(page, 'event', '<img src=x');
    await page.getByTestId('event').first().locator('summary').click();
    const seen: Record<string, string> = {};
    for (const [view, element] of [
      ['events', 'event'],
      ['delivery', 'parked'],
      ['delivery', 'refused'],
      ['delivery', 'calls'],
      ['subscriptions', 'failed'],
      ['procedures', 'procedures'],
    ] as const) {
      await show(page, node, view);
      if (view === 'procedures') await page.getByRole('button', { name: 'com.example.show' }).click();
      await reads(page, view === 'procedures' ? 'call-form' : element, '<img src=x');
      seen[element] = (await page.locator('main').textContent()) ?? '';
    }
    await page.locator('#call-button').click();
    await page.locator('#question-yes').click();
    await reads(page, 'call-result', '<img src=x');
    seen.result = (await page.locator('main').textContent()) ?? '';
    for (const [name, all] of Object.entries(seen)) {
      expect(all, name).to.not.include('\u202e');
      expect(all, name).to.include('\\u202e');
    }
    expect(await page.title()).to.equal('pgwamp console');
    expect(await page.locator('main img, main script, main b').count()).to.equal(0);
    expect(problems).to.deep.equal([]);
  });
});
