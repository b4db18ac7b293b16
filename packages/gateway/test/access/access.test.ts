import { startPostgres, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { generateKeyPair, SignJWT } from 'jose';
import { subprotocol } from '../../src/clients/wire-protocol.ts';
import { openEvents, request } from '../support/event-stream.ts';
import { keptLog } from '../support/kept-log.ts';
import { secret, securedGateway, token } from '../support/secured-gateway.ts';
import { open, refused } from '../support/socket.ts';

const jwt = { type: 'jwt', secret } as const;

/** A function that permits what stands in a table. */
const memberships = `CREATE SCHEMA app; CREATE TABLE app.member (person text, channel text, PRIMARY KEY (person, channel));
  CREATE FUNCTION app.may_listen(claims jsonb, channel text) RETURNS interval LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF channel = 'raising' THEN RAISE EXCEPTION 'secret detail'; END IF;
    IF channel = 'slow' THEN PERFORM pg_sleep(10); END IF;
    RETURN (SELECT '1 hour'::interval FROM app.member AS m WHERE m.person = claims->>'sub' AND m.channel = may_listen.channel);
  END $$;
  GRANT USAGE ON SCHEMA app TO PUBLIC; INSERT INTO app.member VALUES ('ann', 'news'), ('ann', 'chat'), ('bob', 'news')`;

const sql = { type: 'sql', function: 'app.may_listen', timeout: 500, jwt: { secret } } as const;

describe('Gateway: access without tokens', () => {
  for (const [address, auth, warns] of [
    ['0.0.0.0', { type: 'none' }, true],
    ['0.0.0.0', jwt, false],
    ['127.0.0.1', { type: 'none' }, false],
  ] as const) {
    it(`logs ${warns ? 'a' : 'no'} warning with auth ${auth.type} at ${address}`, async () => {
      const { lines, log } = keptLog();
      const endpoint = { type: 'tcp', interface: address, port: 0 } as const;
      await using _stage = await securedGateway('', () => ({ auth, endpoint }), log);
      const warning = /auth is \\"none\\": every client that can reach http:\/\/0\.0\.0\.0:\d+\S* may listen/;
      expect(warning.test(lines.join(''))).to.equal(warns);
    });
  }
});

describe('Gateway: access by token', () => {
  it('accepts a token from the header, the subprotocols, a cookie or the query, in this order, and never logs it', async () => {
    const { lines, log } = keptLog();
    await using stage = await securedGateway(
      '',
      () => ({ auth: { ...jwt, cookie: 'session', query: 'access_token' } }),
      log,
    );
    const bearer = await token({ sub: 'ann' });
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    await using _header = await open(url, [], { headers: { authorization: `Bearer ${bearer}` } });
    await using _protocol = await open(url, [subprotocol, `bearer.${bearer}`]);
    expect(_protocol.webSocket.protocol).to.equal(subprotocol);
    await using _cookie = await open(url, [], { headers: { cookie: `a=b; session=${bearer}; c=d` } });
    await using _query = await open(`${url}?access_token=${bearer}`);
    const wrong = `${bearer}x`;
    // The first place that has a token counts.
    const refusals = [
      await refused(url),
      await refused(`${url}?access_token=${wrong}`),
      await refused(`${url}?access_token=${bearer}`, [], { headers: { authorization: `Bearer ${wrong}` } }),
    ];
    for (const { status, headers, body } of refusals) {
      expect(status).to.equal(401);
      expect(headers['www-authenticate']).to.equal('Bearer');
      expect(body).not.to.contain(bearer.slice(-20));
    }
    expect(lines.join('')).not.to.contain(bearer.split('.')[2]);
  });

  it('answers with 429 to an address after too many forged tokens, and accepts other addresses', async () => {
    const limits = { max_failed_authentications: 3 };
    await using stage = await securedGateway('', () => ({ auth: { ...jwt, anonymous: 'anybody' }, limits }));
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    const right = await token({ sub: 'ann' });
    const ended = await token({ sub: 'ann', exp: Math.floor(Date.now() / 1000) - 60 });
    const show = (bearer: string) => ({ headers: { authorization: `Bearer ${bearer}` } });
    // Those were right once.
    for (let index = 0; index < 5; index++) expect((await refused(url, [], show(ended))).status).to.equal(401);
    for (const forged of [`${right}x`, 'a.b.c', `${right}y`]) {
      expect((await refused(url, [], show(forged))).status).to.equal(401);
    }
    const { status, headers } = await refused(url, [], show(right));
    expect(status).to.equal(429);
    expect(Number(headers['retry-after'])).to.be.within(1, 60);
    await using _anybody = await open(url);
    await using _other = await open(url, [], { ...show(right), localAddress: '127.0.0.2' });
  });

  it('closes a socket when its token expires, unless a new token of the same identity was sent', async () => {
    await using stage = await securedGateway('', () => ({ auth: { ...jwt, leeway: 0 } }));
    const exp = Math.ceil(Date.now() / 1000) + 2;
    await using short = await stage.connect('/listen/news', await token({ sub: 'ann', exp }));
    await using renewed = await stage.connect('/listen/news', await token({ sub: 'ann', exp }));
    renewed.send({ type: 'token', token: await token({ sub: 'bob' }) });
    expect(await renewed.message(({ type }) => type === 'error'))
      .to.have.property('reason')
      .that.matches(/has another role or other claims/);
    renewed.send({ type: 'token', token: `${await token({ sub: 'ann' })}x` });
    renewed.send({ type: 'token', token: await token({ sub: 'ann' }) });
    await renewed.message(({ type }) => type === 'renewed');
    expect(await short.closed).to.deep.equal({ code: 4001, reason: 'the token has expired' });
    await stage.sql.query(`NOTIFY news, 'still here'`);
    await renewed.message(({ payload }) => payload === 'still here');
  });
});

describe('Gateway: keys that cannot be fetched', () => {
  it('answers with 503 and Retry-After', async () => {
    const auth = { type: 'jwt', jwks_url: 'http://127.0.0.1:1/keys' } as const;
    await using stage = await securedGateway('', () => ({ auth }));
    const { privateKey } = await generateKeyPair('ES256');
    const exp = Math.floor(Date.now() / 1000) + 60;
    const bearer = await new SignJWT({ exp }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    const protocols = [subprotocol, `bearer.${bearer}`];
    const { status, headers } = await refused(`ws://127.0.0.1:${stage.port}/listen/news`, protocols);
    expect({ status, retry: headers['retry-after'] }).to.deep.equal({ status: 503, retry: '1' });
  });
});

describe('Gateway: access during an outage of PostgreSQL', () => {
  it('accepts a new token, and continues after the gap', async () => {
    await using server = await startPostgres({ own: true });
    await using stage = await securedGateway('', () => ({ auth: { ...jwt, leeway: 0 } }), undefined, server);
    const exp = Math.ceil(Date.now() / 1000) + 4;
    await using short = await stage.connect('/listen/news', await token({ sub: 'ann', exp }));
    await using renewed = await stage.connect('/listen/news', await token({ sub: 'ann', exp }));
    await stage.sql.query(
      `ALTER ROLE crossbar CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crossbar'`,
    );
    await waitFor(() => stage.gateway.status().state === 'reconnecting', { what: 'the loss to be known' });
    renewed.send({ type: 'token', token: await token({ sub: 'ann' }) });
    await renewed.message(({ type }) => type === 'renewed');
    expect(await short.closed).to.include({ code: 4001 });
    await stage.sql.query('ALTER ROLE crossbar CONNECTION LIMIT -1');
    await renewed.message(({ type }) => type === 'gap');
    await stage.sql.query(`NOTIFY news, 'after'`);
    await renewed.message(({ payload }) => payload === 'after');
    expect(renewed.messages.map(({ type }) => type)).to.deep.equal(['listening', 'renewed', 'gap', 'message']);
  });
});

describe('Gateway: access by server-sent events', () => {
  const bearer = async (sub: string, exp?: number) => ({
    authorization: `Bearer ${await token({ sub, ...(exp !== undefined && { exp }) })}`,
  });

  it('ends the stream when the token expires', async () => {
    await using stage = await securedGateway('', () => ({ auth: { ...jwt, leeway: 0 } }));
    const exp = Math.ceil(Date.now() / 1000) + 2;
    using stream = await openEvents(`http://127.0.0.1:${stage.port}/listen/news`, await bearer('ann', exp));
    await waitFor(() => stream.ended, { what: 'the end' });
    expect(Date.now()).to.be.at.least(exp * 1000);
    const { statusCode } = await request(`http://127.0.0.1:${stage.port}/listen/news`, {
      headers: { accept: 'text/event-stream', ...(await bearer('ann', exp)) },
    });
    expect(statusCode).to.equal(401);
  });

  it('ends a channel that is revoked, and the stream with its last channel', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    const url = `http://127.0.0.1:${stage.port}/listen?channel=news&channel=chat`;
    const { statusCode } = await request(url, { headers: { accept: 'text/event-stream', ...(await bearer('bob')) } });
    expect(statusCode).to.equal(403);
    using stream = await openEvents(url, await bearer('ann'));
    await stage.sql.query(
      `BEGIN; DELETE FROM app.member WHERE channel = 'news'; NOTIFY pgwamp_permissions, 'news'; COMMIT`,
    );
    await stream.event(({ event, data }) => event === 'unsubscribed' && data.channel === 'news');
    await stage.sql.query(`NOTIFY news, 'hidden'; NOTIFY chat, 'shown'`);
    await stream.event(({ data }) => data.payload === 'shown');
    expect(stream.events.some(({ data }) => data.payload === 'hidden')).to.equal(false);
    await stage.sql.query('BEGIN; DELETE FROM app.member; NOTIFY pgwamp_permissions; COMMIT');
    await waitFor(() => stream.ended, { what: 'the end' });
  });
});

describe('Gateway: access by a function', () => {
  it('calls the function for each channel, and refuses any result other than a yes', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    await using ann = await stage.connect('/listen/news', await token({ sub: 'ann' }));
    const mixed = `ws://127.0.0.1:${stage.port}/listen/news?channel=board`;
    expect((await refused(mixed, [subprotocol, `bearer.${await token({ sub: 'ann' })}`])).status).to.equal(403);
    const url = (channel: string) => `ws://127.0.0.1:${stage.port}/listen/${channel}`;
    const bearer = async (sub: string) => [subprotocol, `bearer.${await token({ sub })}`];
    expect((await refused(url('chat'), await bearer('bob'))).status).to.equal(403);
    for (const channel of ['raising', 'slow']) {
      const { status, body } = await refused(url(channel), await bearer('ann'));
      expect(status).to.equal(403);
      expect(body).not.to.contain('secret detail');
    }
    const injection = `x' OR true; DROP TABLE app.member; --"\\`;
    expect((await refused(url(encodeURIComponent(injection)), await bearer(injection))).status).to.equal(403);
    ann.send({ type: 'subscribe', channel: 'chat' });
    await ann.message(({ type, channel }) => type === 'listening' && channel === 'chat');
    ann.send({ type: 'subscribe', channel: 'board' });
    await ann.message(({ type, channel }) => type === 'refused' && channel === 'board');
  });

  it('ends a channel within a second after the permission was revoked', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    await using ann = await stage.connect('/listen/news?channel=chat', await token({ sub: 'ann' }));
    await using bob = await stage.connect('/listen/news', await token({ sub: 'bob' }));
    await stage.sql.query(
      `BEGIN; DELETE FROM app.member WHERE channel = 'news'; NOTIFY pgwamp_permissions, 'news'; COMMIT`,
    );
    await ann.message(({ type, channel }) => type === 'unsubscribed' && channel === 'news');
    expect((await bob.closed).code).to.equal(1008);
    await stage.sql.query(`NOTIFY news, 'hidden'; NOTIFY chat, 'shown'`);
    await ann.message(({ payload }) => payload === 'shown');
    expect(ann.messages.some(({ payload }) => payload === 'hidden')).to.equal(false);
    await stage.sql.query(`BEGIN; DELETE FROM app.member; NOTIFY pgwamp_permissions; COMMIT`);
    expect((await ann.closed).code).to.equal(1008);
  });

  it('limits the calls of the function when a role without privileges notifies pgwamp_permissions often', async () => {
    const definitions = `${memberships}; CREATE SEQUENCE app.asked;
      CREATE OR REPLACE FUNCTION app.may_listen(claims jsonb, channel text) RETURNS interval LANGUAGE sql SECURITY DEFINER AS $$
        SELECT '1 hour'::interval FROM app.member AS m, nextval('app.asked') WHERE m.person = claims->>'sub' AND m.channel = may_listen.channel $$`;
    await using stage = await securedGateway(definitions, () => ({ auth: sql }));
    await using ann = await stage.connect('/listen/news?channel=chat', await token({ sub: 'ann' }));
    const asked = async () => Number((await stage.sql.query('SELECT last_value FROM app.asked')).rows[0].last_value);
    const [before, begun] = [await asked(), performance.now()];
    await using hostile = await stage.database.connect();
    await hostile.query(`SET ROLE ${stage.role}`);
    for (let count = 0; count < 500; count += 1) {
      await hostile.query(`SELECT pg_notify('pgwamp_permissions', $1)`, [count % 2 ? '' : 'news']);
    }
    await stage.sql.query(
      `BEGIN; DELETE FROM app.member WHERE channel = 'news'; NOTIFY pgwamp_permissions, 'news'; COMMIT`,
    );
    await ann.message(({ type, channel }) => type === 'unsubscribed' && channel === 'news');
    // Two channels, in each round; a round begins a tenth of a second after the last one.
    const rounds = (performance.now() - begun) / 100 + 2;
    expect((await asked()) - before).to.be.within(1, 2 * rounds);
  });

  it('calls the function again when a permission expires, and after notifications may have been missed', async () => {
    await using stage = await securedGateway(
      `${memberships}; ALTER TABLE app.member ADD time interval; UPDATE app.member SET time = CASE person WHEN 'bob' THEN '200 ms'::interval ELSE '1 day' END;
       CREATE OR REPLACE FUNCTION app.may_listen(claims jsonb, channel text) RETURNS interval LANGUAGE sql SECURITY DEFINER
         AS $$ SELECT time FROM app.member AS m WHERE m.person = claims->>'sub' AND m.channel = may_listen.channel $$`,
      () => ({ auth: sql }),
    );
    await using bob = await stage.connect('/listen/news', await token({ sub: 'bob' }));
    await using ann = await stage.connect('/listen/news', await token({ sub: 'ann' }));
    await stage.sql.query(`DELETE FROM app.member WHERE person = 'bob'`);
    expect((await bob.closed).code).to.equal(1008);
    expect(ann.messages.map(({ type }) => type)).to.deep.equal(['listening']);
    await stage.sql.query(`DELETE FROM app.member`);
    await stage.sql.query(`SELECT pg_terminate_backend(${stage.gateway.status().database?.processId})`);
    expect((await ann.closed).code).to.equal(1008);
    await waitFor(() => stage.gateway.status().state === 'running', { what: 'the gateway to run again' });
  });

  it('closes with 1013 and answers with 503 while the database is unreachable', async () => {
    await using server = await startPostgres({ own: true });
    const definitions = memberships.replace(`'1 hour'`, `'500 ms'`);
    await using stage = await securedGateway(definitions, () => ({ auth: sql }), undefined, server);
    await using ann = await stage.connect('/listen/news?channel=chat', await token({ sub: 'ann' }));
    await stage.sql.query(
      `ALTER ROLE crossbar CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crossbar'`,
    );
    expect(await ann.closed).to.include({ code: 1013 });
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    const bearer = [subprotocol, `bearer.${await token({ sub: 'ann' })}`];
    const { status, headers } = await refused(url, bearer);
    expect({ status, retry: headers['retry-after'] }).to.deep.equal({ status: 503, retry: '1' });
  });

  it('revokes a channel that a client has subscribed to by a message', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    await using ann = await stage.connect('/listen/news', await token({ sub: 'ann' }));
    ann.send({ type: 'subscribe', channels: ['chat', 'board'] });
    await ann.message(({ type, channel }) => type === 'listening' && channel === 'chat');
    await ann.message(({ type, channel }) => type === 'refused' && channel === 'board');
    await stage.sql.query(
      `BEGIN; DELETE FROM app.member WHERE channel = 'chat'; NOTIFY pgwamp_permissions, 'chat'; COMMIT`,
    );
    await ann.message(({ type, channel }) => type === 'unsubscribed' && channel === 'chat');
    await stage.sql.query(`NOTIFY chat, 'hidden'; NOTIFY news, 'shown'`);
    await ann.message(({ payload }) => payload === 'shown');
    expect(ann.messages.some(({ payload }) => payload === 'hidden')).to.equal(false);
  });

  for (const [returns, body] of [
    [
      'SETOF interval',
      `SELECT '1 hour'::interval FROM generate_series(1, CASE WHEN claims->>'sub' = 'ann' THEN 1 ELSE 0 END)`,
    ],
    [
      'SETOF interval',
      `SELECT '1 hour'::interval FROM generate_series(1, CASE WHEN claims->>'sub' = 'ann' THEN 1 ELSE 2 END)`,
    ],
    ['interval', `SELECT CASE WHEN claims->>'sub' = 'ann' THEN '1 hour'::interval ELSE '-1 hour' END`],
    ['text', `SELECT CASE WHEN claims->>'sub' = 'ann' THEN '1 hour' ELSE 'no' END`],
    ['boolean', `SELECT claims->>'sub' = 'ann'`],
  ] as const) {
    it(`gives no client the answer for another one: ${returns}, ${body}`, async () => {
      const create = `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
        CREATE FUNCTION app.may_listen(claims jsonb, channel text) RETURNS ${returns} LANGUAGE sql AS $$ ${body} $$`;
      await using stage = await securedGateway(create, () => ({ auth: sql }));
      const may = async (sub: string, index: number) => {
        const headers = { accept: 'text/event-stream', authorization: `Bearer ${await token({ sub })}` };
        const response = await request(`http://127.0.0.1:${stage.port}/listen/news${index}`, { headers });
        response.destroy();
        return response.statusCode;
      };
      // They come together, so that they are asked for by one statement.
      const statuses = await Promise.all(['bob', 'ann', 'eve', 'ann', 'bob'].map(may));
      const ann = returns === 'boolean' ? 403 : 200;
      expect(statuses).to.deep.equal([403, ann, 403, ann, 403]);
    });
  }

  it('refuses only the client for which the function is slow', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: { ...sql, timeout: 2000 } }));
    const statusOf = async (channel: string) => {
      const headers = { accept: 'text/event-stream', authorization: `Bearer ${await token({ sub: 'ann' })}` };
      const response = await request(`http://127.0.0.1:${stage.port}/listen/${channel}`, { headers });
      response.destroy();
      return response.statusCode;
    };
    expect(await Promise.all(['news', 'slow', 'chat'].map(statusOf))).to.deep.equal([200, 403, 200]);
  });

  it('refuses clients if the function was created again by another owner', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    const bearer = async (sub: string) => [subprotocol, `bearer.${await token({ sub })}`];
    await using _ann = await open(url, await bearer('ann'));
    const create = `CREATE FUNCTION app.may_listen(claims jsonb, channel text) RETURNS interval LANGUAGE sql AS $$ SELECT '1 hour'::interval $$`;
    await stage.sql.query(`GRANT CREATE ON SCHEMA app TO ${stage.role}; DROP FUNCTION app.may_listen`);
    await stage.sql.query(`SET ROLE ${stage.role}; ${create}; RESET ROLE`);
    expect((await refused(url, await bearer('eve'))).status).to.equal(403);
    await stage.sql.query(`DROP FUNCTION app.may_listen; ${create}`);
    await using _eve = await open(url, await bearer('eve'));
  });

  it('answers an impossible channel name with 400', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    const bearer = [subprotocol, `bearer.${await token({ sub: 'ann' })}`];
    for (const name of ['a%00b', 'x'.repeat(64)]) {
      expect((await refused(`ws://127.0.0.1:${stage.port}/listen/${name}`, bearer)).status).to.equal(400);
    }
  });

  it('starts without the privilege to call the function, and calls it once it is granted', async () => {
    const definitions = memberships.replace('GRANT USAGE ON SCHEMA app TO PUBLIC;', '');
    await using stage = await securedGateway(definitions, () => ({ auth: sql }));
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    const bearer = [subprotocol, `bearer.${await token({ sub: 'ann' })}`];
    expect((await refused(url, bearer)).status).to.equal(403);
    await stage.sql.query('GRANT USAGE ON SCHEMA app TO PUBLIC');
    await using _ann = await open(url, bearer);
  });

  it('answers with 403 while the function is missing', async () => {
    await using stage = await securedGateway(memberships, () => ({ auth: sql }));
    await stage.sql.query('DROP FUNCTION app.may_listen');
    const url = `ws://127.0.0.1:${stage.port}/listen/news`;
    const { status, body } = await refused(url, [subprotocol, `bearer.${await token({ sub: 'ann' })}`]);
    expect(status).to.equal(403);
    expect(body).to.equal('channel "news": the permission cannot be checked');
  });
});
