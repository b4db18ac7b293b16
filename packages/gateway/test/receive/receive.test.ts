import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { keptLog } from '../support/kept-log.ts';
import { secret, securedGateway, token } from '../support/secured-gateway.ts';
import { open } from '../support/socket.ts';

const functions = `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; CREATE TABLE app.said (who text, text text);
  CREATE FUNCTION app.receive(channel text, message text, claims jsonb) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    CASE message
      WHEN 'nothing' THEN RETURN NULL;
      WHEN 'raise' THEN RAISE EXCEPTION 'not like that' USING ERRCODE = 'AB123', DETAIL = 'an internal';
      WHEN 'slow' THEN PERFORM pg_sleep(10);
      WHEN 'large' THEN RETURN repeat('x', 2000000);
      WHEN 'secret' THEN RETURN (SELECT text FROM app.said LIMIT 1);
      WHEN 'spoil' THEN PERFORM set_config('request.jwt.claims', '{"sub": "root"}', false); SET ROLE NONE;
      ELSE NULL;
    END CASE;
    RETURN concat_ws(' ', channel, message, claims->>'sub', current_user, current_setting('request.jwt.claims')::jsonb->>'sub');
  END $$;
  CREATE FUNCTION app.receive_json(channel text, message jsonb, claims jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object('got', message) $$`;

const auth = { type: 'jwt', secret } as const;

describe('Gateway: receive', () => {
  it('passes text frames to a function as the role of the client, and answers that client only', async () => {
    await using stage = await securedGateway(functions, () => ({ auth, receive: 'app.receive' }));
    const bearer = await token({ sub: 'ann', role: stage.role });
    const headers = { authorization: `Bearer ${bearer}` };
    const url = `ws://127.0.0.1:${stage.port}/listen/chat`;
    await using plain = await open(url, [], { headers });
    await using other = await open(url, [], { headers });
    for (const text of ['hello', `'; DROP TABLE app.said; --`, 'nothing', 'last']) plain.webSocket.send(text);
    const tail = `ann ${stage.role} ann`;
    expect(await plain.frames(3)).to.deep.equal([
      `chat hello ${tail}`,
      `chat '; DROP TABLE app.said; -- ${tail}`,
      `chat last ${tail}`,
    ]);
    expect(other.received).to.deep.equal([]);
    await using client = await stage.connect('/listen/chat', bearer);
    client.send({ type: 'send', payload: 'hi', ref: 7 });
    expect(await client.message(({ type }) => type === 'answer')).to.deep.equal({
      ...{ type: 'answer', ref: 7, payload: `chat hi ${tail}` },
    });
  });

  it('runs the function in a session of the second login, whose RESET ROLE does not lead to the first', async () => {
    await using stage = await securedGateway(`${functions}; GRANT $role TO crossbar_worker`, (_role, login) => ({
      ...{ auth, receive: 'app.receive' },
      database: { ...login, worker: { password: 'crossbar_worker' } },
    }));
    await using client = await stage.connect('/listen/chat', await token({ sub: 'ann', role: stage.role }));
    for (const [payload, tail] of [
      ['hello', `ann ${stage.role} ann`],
      ['spoil', 'ann crossbar_worker root'],
    ]) {
      client.send({ type: 'send', payload, ref: payload });
      const answer = await client.message(({ ref }) => ref === payload);
      expect(answer.payload).to.equal(`chat ${payload} ${tail}`);
    }
  });

  it('sends errors of the function without details of the gateway', async () => {
    await using stage = await securedGateway(functions, () => ({
      auth,
      receive: { function: 'app.receive', timeout: 300 },
    }));
    await using client = await stage.connect('/listen/chat', await token({ sub: 'ann', role: stage.role }));
    const reasons: Record<string, RegExp> = {
      raise: /^not like that$/,
      slow: /^the function took longer than 300 ms$/,
      large: /^the answer is too large$/,
      secret: /^permission denied for table said$/,
      '\0': /U\+0000/,
      '\ud800': /half a surrogate pair/,
    };
    // On a busy machine it takes longer than 300 ms to open the first session.
    let attempts = 0;
    const isAnswered = async () => {
      attempts += 1;
      const attempt = `attempt ${attempts}`;
      client.send({ type: 'send', payload: 'hello', ref: attempt });
      return (await client.message(({ ref }) => ref === attempt)).type === 'answer';
    };
    await waitFor(isAnswered, { what: 'a session to be open' });
    for (const [payload, reason] of Object.entries(reasons)) {
      client.send({ type: 'send', payload, ref: payload });
      const { reason: told } = await client.message(({ type, ref }) => type === 'error' && ref === payload);
      expect(told).to.match(reason);
    }
    client.send({ type: 'send', payload: 'spoil', ref: 'spoil' });
    await client.message(({ ref }) => ref === 'spoil');
    for (let n = 0; n < 8; n += 1) {
      client.send({ type: 'send', payload: 'after', ref: n });
      const { payload } = await client.message(({ ref }) => ref === n);
      expect(payload).to.equal(`chat after ann ${stage.role} ann`);
    }
  });

  it('refuses clients without a role, or whose role it may not use', async () => {
    await using stage = await securedGateway(functions, () => ({ auth, receive: 'app.receive' }));
    for (const role of ['postgres', 'no such role', undefined]) {
      await using client = await stage.connect('/listen/chat', await token({ sub: 'ann', ...(role && { role }) }));
      client.send({ type: 'send', payload: 'hello' });
      const { reason } = await client.message(({ type }) => type === 'error');
      expect(reason).to.match(/cannot run as your role|contains no role/);
    }
  });

  it('passes JSON if the function accepts it, and uses the configured role for clients without one', async () => {
    await using stage = await securedGateway(functions, (role) => ({
      receive: { function: 'app.receive_json', role },
    }));
    await using client = await stage.connect('/listen/chat');
    client.send({ type: 'send', payload: '{"a": 12345678901234567890}', ref: 1 });
    expect((await client.message(({ ref }) => ref === 1)).payload).to.equal('{"got": {"a": 12345678901234567890}}');
    client.send({ type: 'send', payload: 'no JSON', ref: 2 });
    expect((await client.message(({ ref }) => ref === 2)).reason).to.match(/json/);
  });

  it('calls no function that another owner has created again, or beside it', async () => {
    const { lines, log } = keptLog();
    await using stage = await securedGateway(
      `${functions}; GRANT CREATE ON SCHEMA app TO $role`,
      (role) => ({ receive: { function: 'app.receive_json', role } }),
      log,
    );
    await using client = await stage.connect('/listen/chat');
    let count = 0;
    const answer = async () => {
      count += 1;
      const ref = count;
      client.send({ type: 'send', payload: '1', ref });
      const { payload, reason } = await client.message((message) => message.ref === ref);
      return payload ?? reason;
    };
    const create = (message: string, text: string) =>
      `CREATE FUNCTION app.receive_json(channel text, message ${message}, claims jsonb) RETURNS text LANGUAGE sql AS $$ SELECT '${text}' $$`;
    const asOther = (statement: string) => stage.sql.query(`SET ROLE ${stage.role}; ${statement}; RESET ROLE`);
    expect(await answer()).to.equal('{"got": 1}');
    await asOther(create('text', 'stolen'));
    expect(await answer()).to.equal('{"got": 1}');
    await stage.sql.query('DROP FUNCTION app.receive_json(text, jsonb, jsonb)');
    await asOther(create('jsonb', 'stolen'));
    expect(await answer()).to.equal('the function cannot be called');
    expect(lines.join('')).to.match(
      new RegExp(
        `app\\.receive_json\\(text, \\w+, jsonb\\) belongs to role ${stage.role}, and belonged to \\w+ when it was first found`,
      ),
    );
    await stage.sql.query(`DROP FUNCTION app.receive_json(text, jsonb, jsonb); ${create('json', 'replaced')}`);
    expect(await answer()).to.equal('replaced');
  });

  it('logs at the start that the function is missing, and calls it once it exists', async () => {
    const { lines, log } = keptLog();
    await using stage = await securedGateway('', (role) => ({ receive: { function: 'app.receive', role } }), log);
    expect(lines.join('')).to.match(
      /app\.receive cannot be called: function app\.receive\(text, text, jsonb\) or .* does not exist/,
    );
    await using client = await stage.connect('/listen/chat');
    client.send({ type: 'send', payload: 'hello', ref: 1 });
    expect((await client.message(({ ref }) => ref === 1)).reason).to.equal('the function cannot be called');
    await stage.sql.query(functions);
    client.send({ type: 'send', payload: 'hello', ref: 2 });
    expect((await client.message(({ ref }) => ref === 2)).payload).to.match(/^chat hello/);
  });

  it('lists the functions of the same name with other parameters', async () => {
    const { lines, log } = keptLog();
    const wrong = `CREATE SCHEMA app; CREATE FUNCTION app.receive(message text) RETURNS text LANGUAGE sql RETURN message`;
    await using _ = await securedGateway(wrong, (role) => ({ receive: { function: 'app.receive', role } }), log);
    expect(lines.join('')).to.match(
      /function app\.receive\(text, text, jsonb\) or .* does not exist; there is app\.receive\(text\); create it/,
    );
  });

  it('is off by default', async () => {
    await using stage = await securedGateway(functions, () => ({}));
    await using client = await stage.connect('/listen/chat');
    client.send({ type: 'send', payload: 'hello' });
    expect((await client.message(({ type }) => type === 'error')).reason).to.match(/extra.receive is not set/);
  });
});
