import { once } from 'node:events';
import { connect } from 'node:net';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { judge } from '../../src/console/wamp-gate.ts';
import { type NodeWithConsole, startWithConsole } from '../support/console.ts';

const readOnly = { realm: 'realm1', writes: false };

/** The WebSocket of a page, with the headers of a browser. */
function openSocket(url: string, headers: Readonly<Record<string, string>> = {}, protocols = ['wamp.2.json']) {
  const { origin } = new URL(url);
  return new WebSocket(`${url}api/ws`, protocols, { perMessageDeflate: false, headers: { origin, ...headers } });
}

/** Sends a message, and resolves with the first answer. */
async function ask(socket: WebSocket, message: unknown): Promise<unknown[]> {
  const answer = once(socket, 'message');
  socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const [data] = await withDeadline(answer, 10_000, `the answer to ${JSON.stringify(message)}`);
  return JSON.parse(String(data));
}

/** A page that has joined. */
async function join({ url }: NodeWithConsole, headers: Readonly<Record<string, string>> = {}): Promise<WebSocket> {
  const socket = openSocket(url, headers);
  await withDeadline(once(socket, 'open'), 10_000, 'the WebSocket to open');
  const roles = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
  expect(await ask(socket, [1, 'realm1', { roles }])).to.have.property('0', 2);
  return socket;
}

/** The status that a WebSocket is refused with. */
async function refusal(socket: WebSocket): Promise<number> {
  const [, response] = await withDeadline(once(socket, 'unexpected-response'), 10_000, 'the refusal');
  socket.on('error', () => undefined);
  socket.terminate();
  return response.statusCode;
}

/** The code that a WebSocket is closed with. */
async function closeCode(socket: WebSocket): Promise<number> {
  socket.on('error', () => undefined);
  const [code] = await withDeadline(once(socket, 'close'), 10_000, 'the close');
  return code;
}

describe('Console: messages of a page', () => {
  for (const message of [
    [1, 'realm1', {}],
    [6, {}, 'wamp.close.close_realm'],
    [32, 1, {}, 'com.example.topic'],
    [34, 1, 5],
    [48, 1, {}, 'wamp.session.list'],
    [48, 1, {}, 'wamp.registration.get', [5]],
    [48, 1, {}, 'wamp.subscription.get_events', [5]],
    [49, 1, {}],
  ]) {
    it(`pass if the console is read-only: ${JSON.stringify(message)}`, () =>
      expect(judge(JSON.stringify(message), readOnly)).to.deep.equal({ kind: 'pass' }));
  }

  for (const message of [
    [16, 1, { acknowledge: true }, 'com.example.topic'],
    [16, 1, {}, 'wamp.session.list'],
    [48, 1, {}, 'com.example.procedure'],
    [48, 1, {}, 'wamp.session.kill', [5]],
    [48, 1, {}, 'wamp.session.kill_all'],
    [48, 1, {}, 'wamp.session.add_testament'],
    [48, 1, {}, 'wamp.session.flush_testaments'],
    [48, 1, {}, 'wamp.session.list.'],
    [48, 1, {}, ['wamp.session.list']],
    [48, 1, {}],
  ]) {
    it(`are refused if the console is read-only: ${JSON.stringify(message)}`, () => {
      const verdict = judge(JSON.stringify(message), readOnly);
      const answer = verdict.kind === 'refuse' ? JSON.parse(verdict.answer) : verdict;
      expect(answer.slice(0, 5)).to.deep.equal([8, message[0], 1, {}, 'wamp.error.not_authorized']);
      expect(answer[5][0]).to.include('"writes": true in controller.admin.console');
    });
  }

  for (const text of [
    '',
    'nothing',
    '{}',
    '"[16]"',
    '[]',
    '[16]',
    '["16", 1, {}, "com.example.topic"]',
    '[16, "1", {}, "com.example.topic"]',
    '[1, "another", {}]',
    '[64.5, 1, {}, "com.example.topic"]',
    '[66, 1, 5]',
    '[70, 1, {}]',
    '[8, 68, 1, {}, "com.example.error"]',
    '[16, 1, {}, "com.example.a"]\u001e[16, 2, {}, "com.example.b"]',
  ]) {
    it(`end the session: ${JSON.stringify(text)}`, () =>
      expect(judge(text, { ...readOnly, writes: true }).kind).to.equal('end'));
  }

  it('contain the URI for the log if writes are enabled', () => {
    const verdict = (message: unknown) => judge(JSON.stringify(message), { ...readOnly, writes: true });
    expect(verdict([16, 1, {}, 'com.example.topic', ['private']])).to.deep.equal({
      kind: 'pass',
      write: { action: 'publish', uri: 'com.example.topic' },
    });
    expect(verdict([48, 1, {}, 'wamp.session.kill', [5]])).to.deep.equal({
      kind: 'pass',
      write: { action: 'call', uri: 'wamp.session.kill' },
    });
    // A line of the log neither breaks nor turns around.
    for (const uri of ['com.example\nforged', 'com.example.\u202ea', 'a'.repeat(256), '', 5]) {
      expect(verdict([16, 1, {}, uri]).kind, String(uri)).to.equal('refuse');
    }
    expect(verdict([64, 1, {}, 'com.example.procedure']).kind).to.equal('refuse');
  });
});

describe('Console: WAMP session of a page', () => {
  it('neither publishes nor calls if the console is read-only, for any frames', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, {});
    const [socket, witness] = [await join(page), await join(page)];
    expect(await ask(witness, [32, 1, { match: 'prefix' }, 'com.example'])).to.have.property('0', 33);
    const events: unknown[] = [];
    witness.on('message', (data) => events.push(JSON.parse(String(data))));
    const attack = '[16, 1, {"acknowledge": true}, "com.example.topic"]';
    expect(await ask(socket, attack)).to.deep.include.members([8, 16, 1, 'wamp.error.not_authorized']);
    expect(await ask(socket, `  \n${attack.replace('16', '1.6e1')}`)).to.have.property(
      '4',
      'wamp.error.not_authorized',
    );
    const fragmented = once(socket, 'message');
    for (const [index, part] of [...attack].entries()) socket.send(part, { fin: index === attack.length - 1 });
    expect(JSON.parse(String((await withDeadline(fragmented, 10_000, 'the answer to fragments'))[0]))).to.have.property(
      '4',
      'wamp.error.not_authorized',
    );
    expect(await ask(socket, [48, 2, {}, 'com.example.procedure'])).to.have.property('4', 'wamp.error.not_authorized');
    expect(await ask(socket, [48, 3, {}, 'wamp.session.kill_all'])).to.have.property('4', 'wamp.error.not_authorized');
    expect(await ask(socket, [64, 4, {}, 'com.example.procedure'])).to.have.property('4', 'wamp.error.not_authorized');
    expect(await ask(socket, [48, 5, {}, 'wamp.session.count'])).to.have.property('0', 50);
    expect(await ask(witness, [48, 2, {}, 'wamp.session.count'])).to.have.property('0', 50);
    expect(events.filter((event) => (event as number[])[0] === 36)).to.deep.equal([]);
    for (const it of [socket, witness]) it.terminate();
  });

  it('ends after a frame that is binary, too large or not a WAMP message', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    const codes = [];
    for (const frame of [Buffer.from('[16, 1, {}, "com.example.topic"]'), 'x'.repeat(2 ** 20 + 1), '{}']) {
      const socket = await join(page);
      socket.send(frame);
      codes.push(await closeCode(socket));
    }
    expect(codes).to.deep.equal([1003, 1009, 1008]);
    const socket = openSocket(page.url);
    await withDeadline(once(socket, 'open'), 10_000, 'the WebSocket to open');
    socket.send('[1, "another realm", {"roles": {}}]');
    expect(await closeCode(socket)).to.equal(1008);
  });

  it('requires the origin of the console, a sign-in, and a subprotocol with one message per frame', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { password: 'correct horse', writes: true });
    const { port } = new URL(page.url);
    const signedIn = await page.ask('api/session', { method: 'POST', body: '{"secret": "correct horse"}' });
    const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
    expect(await refusal(openSocket(page.url))).to.equal(403);
    expect(await refusal(openSocket(page.url, { cookie: `${cookie.slice(0, -3)}AAA` }))).to.equal(403);
    for (const origin of ['https://example.com', 'null', `http://127.0.0.1.example.com:${port}`]) {
      expect(await refusal(openSocket(page.url, { cookie, origin })), origin).to.equal(403);
    }
    for (const protocol of ['wamp.2.json.batched', 'wamp.2.msgpack', 'wamp.2.cbor.batched']) {
      expect(await refusal(openSocket(page.url, { cookie }, [protocol])), protocol).to.equal(400);
    }
    const socket = openSocket(page.url, { cookie }, ['wamp.2.msgpack', 'wamp.2.json']);
    await withDeadline(once(socket, 'open'), 10_000, 'the WebSocket to open');
    expect(socket.protocol).to.equal('wamp.2.json');
    socket.terminate();
  });

  it('is refused for another host name (DNS rebinding)', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    const { port } = new URL(page.url);
    const host = `rebound.example.com:${port}`;
    expect(await refusal(openSocket(page.url, { host, origin: `http://${host}` }))).to.equal(403);
  });

  it('publishes and calls if writes are enabled, which is logged with user, address and URI', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true, password: 'correct horse' });
    const signedIn = await page.ask('api/session', { method: 'POST', body: '{"secret": "correct horse"}' });
    const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
    const socket = await join(page, { cookie });
    expect(await ask(socket, [16, 1, { acknowledge: true }, 'com.example.topic', ['private']])).to.have.property(
      '0',
      17,
    );
    const published = await page.node.process.waitFor({ msg: 'console: publish com.example.topic by operator' });
    expect(published).to.deep.include({ operator: 'operator', address: '127.0.0.1', uri: 'com.example.topic' });
    expect(await ask(socket, [48, 2, {}, 'com.example.nobody', ['private']])).to.have.property(
      '4',
      'wamp.error.no_such_procedure',
    );
    await page.node.process.waitFor({ msg: 'console: call com.example.nobody by operator' });
    expect(page.node.process.output).not.to.include('private');
    socket.terminate();
  });

  it('pauses the router while the page does not read, and loses no event', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { writes: true });
    const [reader, writer] = [await join(page), await join(page)];
    await ask(reader, [32, 1, {}, 'com.example.topic']);
    let received = 0;
    reader.on('message', () => {
      received += 1;
    });
    reader.pause();
    for (let request = 1; request <= 20; request += 1) {
      await ask(writer, [16, request, { acknowledge: true }, 'com.example.topic', ['x'.repeat(500_000)]]);
    }
    reader.resume();
    await waitFor(() => received === 20, { what: 'all events' });
    for (const it of [reader, writer]) it.terminate();
  });

  it('survives clients that disconnect during the handshake', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, {});
    const { port, host, origin } = new URL(page.url);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `GET /console/api/ws HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n',
      );
      socket.destroy();
    }
    const socket = await join(page);
    const count = async () => {
      const [, , , args] = await ask(socket, [48, 1, {}, 'wamp.session.count']);
      return (args as number[])[0];
    };
    // The Publisher and this page.
    await waitFor(async () => (await count()) === 2, { what: 'the other sessions to end' });
    socket.terminate();
  });
});
