import { once } from 'node:events';
import { connect } from 'node:net';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { openEvents, request } from './support/event-stream.ts';
import { clients, openStage, type Stage } from './support/gateway.ts';
import { open, openV1, refused } from './support/socket.ts';

const handshake = [
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

function head(line: string, fields: readonly string[] = ['Host: x']): string {
  return `${[line, ...fields].join('\r\n')}\r\n\r\n`;
}

/** The answer of a gateway to bytes, until it is complete or the connection is closed. */
async function answerTo({ port }: Stage, bytes: string, isEnough: (text: string) => boolean): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.write(bytes, 'latin1');
  const isOver = () => socket.destroyed || socket.readableEnded || isEnough(text);
  await waitFor(isOver, { what: `an answer, got ${text}` });
  if (!socket.destroyed) {
    socket.destroy();
    await withDeadline(once(socket, 'close'), 10_000, 'the socket to be closed');
  }
  return text;
}

describe('Gateway: unusual requests', () => {
  it('may use HTTP/1.0 for pages and events, but not for a WebSocket', async () => {
    await using stage = await openStage();
    const page = await answerTo(stage, head('GET /health HTTP/1.0'), (text) => text.includes('"status"'));
    expect(page).to.match(/^HTTP\/1\.1 200/);
    const events = head('GET /listen/a HTTP/1.0', ['Host: x', 'Accept: text/event-stream']);
    const stream = await answerTo(stage, events, (text) => text.includes('"listening"'));
    expect(stream)
      .to.match(/^HTTP\/1\.1 200/)
      .and.not.match(/transfer-encoding/i);
    const socket = await answerTo(stage, head('GET /listen/a HTTP/1.0', handshake), (text) =>
      text.includes('\r\n\r\n'),
    );
    expect(socket).to.match(/^HTTP\/1\.1 (?:400|426)/);
    await clients(stage.gateway, 0);
  });

  it('may contain the whole URL, as from a proxy', async () => {
    await using stage = await openStage();
    const line = `GET http://x:${stage.port}/listen/a HTTP/1.1`;
    expect(await answerTo(stage, head(line, handshake), (text) => text.includes('\r\n\r\n'))).to.match(
      /^HTTP\/1\.1 101/,
    );
  });

  it('is answered without the upgrade if it offers another protocol', async () => {
    await using stage = await openStage();
    const fields = [
      'Host: x',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
    ];
    for (const [path, status] of [
      ['/health', 200],
      ['/listen/a', 426],
    ] as const) {
      const answer = await answerTo(stage, head(`GET ${path} HTTP/1.1`, fields), (text) => text.includes('\r\n\r\n'));
      expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${status}`));
    }
  });

  it('may use HEAD, which has the headers of GET and no body', async () => {
    await using stage = await openStage();
    for (const [path, status] of [
      ['/', 200],
      ['/health', 200],
      ['/listen/a', 426],
      ['/nowhere', 404],
    ] as const) {
      const response = await request(stage.http(path), { method: 'HEAD' });
      expect(response.statusCode).to.equal(status);
      let size = 0;
      for await (const chunk of response) size += chunk.length;
      expect(size).to.equal(0);
    }
  });

  it('may use OPTIONS from other origins, also with "*"', async () => {
    await using stage = await openStage({ cors_origins: ['https://example.com'] });
    const options = { method: 'OPTIONS', headers: { origin: 'https://example.com' } };
    for (const path of ['/listen/a', '*']) {
      const response = await request(stage.http('/'), { ...options, path });
      response.destroy();
      expect(response.statusCode).to.equal(204);
      expect(response.headers['access-control-allow-origin']).to.equal('https://example.com');
    }
  });

  it('may be pipelined, with a WebSocket as the last one', async () => {
    await using stage = await openStage();
    const bytes = head('GET /health HTTP/1.1').repeat(3) + head('GET /listen/a HTTP/1.1', handshake);
    const answer = await answerTo(stage, bytes, (text) => text.includes('101 Switching'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).to.deep.equal([...Array(3).fill('HTTP/1.1 200'), 'HTTP/1.1 101']);
    // A WebSocket behind a stream that does not end: whatever it gets, others are served.
    const stream = head('GET /listen/a HTTP/1.1', ['Host: x', 'Accept: text/event-stream']);
    await answerTo(stage, stream + head('GET /listen/b HTTP/1.1', handshake), (text) => text.includes('HTTP/1.1'));
    await using socket = await open(stage.url('/listen/a'));
    await stage.notify('a', 'still here');
    await socket.frames(1);
  });
});

describe('Gateway: unusual channel names', () => {
  for (const name of [
    '*',
    'a*',
    '%',
    '%41',
    'a b',
    '"',
    "'; DROP TABLE x; --",
    '\\',
    '€𝄞',
    '\u2028',
    '?',
    '#',
    'A',
    '\n',
    '\x01',
    `" \\${'é'.repeat(30)}`,
  ]) {
    it(`are names like any other: ${JSON.stringify(name)}`, async () => {
      await using stage = await openStage();
      await using plain = await open(stage.url(`/listen/${encodeURIComponent(name)}`));
      await stage.notify(name, 'one');
      expect(await plain.frames(1)).to.deep.equal(['one']);
    });
  }

  it('do not become a pattern on a plain socket', async () => {
    await using stage = await openStage({ channels: ['b.x', 'b.y'] });
    expect((await refused(stage.url('/listen/b.*'))).status).to.equal(403);
  });

  it('may contain a question mark in the query', async () => {
    await using stage = await openStage();
    await using socket = await open(stage.url('/listen?channel=why?'));
    await stage.notify('why?', 'one');
    expect(await socket.frames(1)).to.deep.equal(['one']);
  });

  it('are refused if they are of a kind that the gateway does not offer', async () => {
    await using stage = await openStage();
    for (const name of [
      'topic:a.b',
      'table:public.notes',
      'table:',
      'topic:',
      'table:public.notes\0{"rows":"all"}',
      'topic:a\0b',
    ]) {
      expect((await refused(stage.url(`/listen/${encodeURIComponent(name)}`))).status).to.be.oneOf([400, 403]);
    }
  });

  it('are refused together by server-sent events if one is refused', async () => {
    await using stage = await openStage({ channels: ['a', 'b'] });
    const path = '/listen?channel=a&channel=c&channel=b';
    const response = await request(stage.http(path), { headers: { accept: 'text/event-stream' } });
    response.destroy();
    expect(response.statusCode).to.equal(403);
    await waitFor(() => stage.gateway.status().channels === 0, { what: 'no channel to be left' });
    using stream = await openEvents(stage.http('/listen?channel=a&channel=a&channel=b'));
    await stream.event(({ data }) => data.channel === 'b');
    expect(stream.events.filter(({ event }) => event === 'listening')).to.have.length(2);
  });
});

describe('Gateway: unusual payloads', () => {
  const payloads = [
    '',
    ' ',
    '\n',
    'x'.repeat(7999),
    '{"a":"\\u0000"}',
    '𝄞😀\u{10FFFF}',
    '\u2028\uFEFF',
    'data: x\n\nevent: y',
  ];

  it('reach every kind of client unchanged, also when they are replayed', async () => {
    await using stage = await openStage();
    await using plain = await open(stage.url('/listen/a'));
    await using socket = await openV1(stage.url('/listen/a'));
    using stream = await openEvents(stage.http('/listen/a'));
    await stream.event(({ event }) => event === 'listening');
    const { id } = await socket.message(({ type }) => type === 'listening');
    await stage.notify('a', ...payloads);
    expect(await plain.frames(payloads.length)).to.deep.equal(payloads);
    await using again = await openV1(stage.url(`/listen/a?since=${id}`));
    for (const each of [socket, again]) await each.frames(payloads.length + 1);
    const payloadsOf = (messages: readonly Record<string, unknown>[]) =>
      messages.filter(({ type }) => type === 'message').map(({ payload }) => payload);
    expect(payloadsOf(socket.messages)).to.deep.equal(payloads);
    expect(payloadsOf(again.messages)).to.deep.equal(payloads);
    await stream.event(({ data }) => data.payload === payloads.at(-1));
    expect(payloadsOf(stream.events.map(({ data }) => data))).to.deep.equal(payloads);
  });
});

describe('Gateway: base path', () => {
  for (const base_path of ['/events', '/events/', '/events//']) {
    it(`ignores slashes at its end: ${base_path}`, async () => {
      await using stage = await openStage({ base_path });
      await using socket = await open(stage.url('/events/listen/a'));
      await stage.notify('a', 'one');
      await socket.frames(1);
      for (const [path, status] of [
        ['/events', 308],
        ['/events/', 200],
        ['/events/index.html', 200],
        ['/events/health', 200],
        ['/', 404],
        ['/listen/a', 404],
        ['/eventslisten/a', 404],
      ] as const) {
        const response = await request(stage.http(path));
        response.destroy();
        expect(response.statusCode, path).to.equal(status);
      }
    });
  }
});

describe('Gateway: client that does not wait for the answer', () => {
  it('may send messages with its handshake', async () => {
    await using stage = await openStage();
    const subscribe = Buffer.from(JSON.stringify({ type: 'subscribe', channel: 'b' }));
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | subscribe.length, 0, 0, 0, 0]), subscribe]);
    const request = head('GET /listen/a HTTP/1.1', [...handshake, 'Sec-WebSocket-Protocol: pgwamp.v1']);
    const bytes = request + frame.toString('latin1');
    const answer = await answerTo(stage, bytes, (text) => text.includes('"channel":"b"'));
    const channels = [...answer.matchAll(/"listening","channel":"(\w)"/g)].map(([, channel]) => channel);
    expect(channels).to.deep.equal(['a', 'b']);
    await clients(stage.gateway, 0);
  });
});

describe('Gateway: client that offers compression', () => {
  it('is connected without compression', async () => {
    await using stage = await openStage();
    await using socket = await openV1(stage.url('/listen/a'), { perMessageDeflate: true });
    expect(socket.webSocket.extensions).to.equal('');
    await stage.notify('a', 'x'.repeat(5000));
    await socket.message(({ payload }) => payload === 'x'.repeat(5000));
  });
});
