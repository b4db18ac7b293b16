import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import fc from 'fast-check';
import { MessageReader } from '../../src/link/message-reader.ts';
import { type CallRequest, RequestReader } from '../../src/link/request.ts';
import { frontend, gssRequest, query, saslInitial, sslRequest, startup } from './support/frontend-messages.ts';
import { RawClient, rawClientOf } from './support/raw-client.ts';
import { ask, callText, echo, type LinkStage, openLink } from './support/stage.ts';

const sessions = [
  Buffer.concat([
    sslRequest,
    gssRequest,
    startup(),
    saslInitial('n,,n=,r=abcdef'),
    frontend('p', 'c=biws,r=abcdef,p='),
  ]),
  Buffer.concat([
    query(callText(1, [1, 'é'])),
    query('["wait",1]'),
    query('["cancel",1]'),
    frontend('S'),
    frontend('P', 'x\0'),
  ]),
];

/** Bytes of a session, of which some are others, some are missing and some are there twice. */
function mutated(session: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat(session.length - 1);
  const change = fc.record({
    at: place,
    byte: fc.integer({ min: 0, max: 255 }),
    kind: fc.constantFrom('set', 'cut', 'double'),
  });
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => changes.reduce(applied, session));
}

function applied(bytes: Buffer, { at, byte, kind }: { at: number; byte: number; kind: string }): Buffer {
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (kind === 'cut') return Buffer.concat([before, after.subarray(byte % 16)]);
  if (kind === 'double') return Buffer.concat([before, after.subarray(0, byte), after]);
  return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
}

/** Throws bytes at the link, and goes as the last bytes have been sent. */
async function assault(client: RawClient, bytes: Buffer, cut: number): Promise<void> {
  client.send(bytes.subarray(0, cut));
  await new Promise(setImmediate);
  client.send(bytes.subarray(cut));
  client.socket.end();
  await withDeadline(client.closed(), 20_000, `the end of ${bytes.toString('hex')}`);
}

async function isUnharmed(stage: LinkStage): Promise<void> {
  await using client = await stage.connect();
  expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  expect(stage.logged.filter((line) => line.includes('XX000'))).to.deep.equal([]);
}

describe('The link is not harmed', () => {
  it('by any bytes of an unauthenticated connection', async () => {
    await using stage = await openLink(echo, { authenticationTimeout: 1000 });
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), mutated(sessions[0] ?? Buffer.alloc(0)));
    const harmless = fc.asyncProperty(bytes, fc.nat(50), async (content, cut) => {
      using client = await RawClient.connect(stage.port);
      await assault(client, content, cut);
    });
    await fc.assert(harmless, { numRuns: 300 });
    await isUnharmed(stage);
  });

  it('by any bytes of an authenticated client', async () => {
    await using stage = await openLink(echo);
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), mutated(sessions[1] ?? Buffer.alloc(0)));
    const harmless = fc.asyncProperty(bytes, fc.nat(50), async (content, cut) => {
      using client = rawClientOf(await stage.connect());
      await assault(client, content, cut);
    });
    await fc.assert(harmless, { numRuns: 200 });
    await isUnharmed(stage);
  });

  it('by any text of a query', () => {
    const pieces = fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', 'call', 'wait', '1', ' ', 'é', '\n');
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    const refused = fc.property(text, (content) => {
      expect(() => new RequestReader().read(content))
        .to.throw()
        .with.property('code')
        .that.matches(/^(0A000|22023)$/);
    });
    fc.assert(refused, { numRuns: 2000 });
  });
});

describe('Well-formed input', () => {
  it('is read unchanged from a request', () => {
    const identity = { session_user: 'app', role: 'app', pid: 1, forward_for: [] };
    const parts = fc.tuple(fc.string(), fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    const same = fc.property(parts, ([procedure, ...payload]) => {
      const head = JSON.stringify(['call', 1, procedure, {}, identity]);
      const [args, kwargs] = payload.map((part) => JSON.stringify(part));
      const request = new RequestReader().read(`${head}\n${args}\n${kwargs}`) as CallRequest;
      expect(request).to.deep.equal({ kind: 'call', id: 1, procedure, options: {}, identity, args, kwargs });
    });
    fc.assert(same, { numRuns: 500 });
  });

  it('has the same options and identity as before if their text is the same', () => {
    const reader = new RequestReader();
    const read = (id: number, head: string) => reader.read(`["call",${id},${head}]\n[${id}]\n`) as CallRequest;
    const [one, two, other] = [read(1, '"p",{},{"a":1}'), read(2, '"p",{},{"a":1}'), read(3, '"p",{},{"a":2}')];
    expect(two).to.deep.equal({ ...one, id: 2, args: '[2]' });
    expect(two.identity).to.equal(one.identity).and.not.equal(other.identity);
    expect(other.identity).to.deep.equal({ a: 2 });
  });

  it('is read by a reader of former requests as by a new one, and so is malformed input', () => {
    const heads = [
      '"p",{},{}',
      '"p",{"timeout":5},{"role":"a"}',
      '"p",{},{"role":"é"}',
      ' "p",{},{}',
      '"p",{},',
      '"p",[],{}',
    ];
    const head = fc.tuple(
      fc.constantFrom('call', 'each', 'wait'),
      fc.constantFrom(1, '1', 0, '01', 2 ** 53),
      fc.constantFrom(...heads),
    );
    const line = fc.constantFrom('', '[]', '["\\n"]', '{}', '1', '{}]');
    const texts = fc
      .tuple(head, fc.array(line, { maxLength: 3 }))
      .map(([[kind, id, rest], lines]) => [`["${kind}",${id},${rest}]`, ...lines].join('\n'));
    const outcomeOf = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const same = fc.property(fc.array(texts, { minLength: 2, maxLength: 20 }), (requests) => {
      const reader = new RequestReader();
      for (const text of requests) {
        expect(outcomeOf(() => reader.read(text))).to.deep.equal(outcomeOf(() => new RequestReader().read(text)));
      }
    });
    fc.assert(same, { numRuns: 2000 });
  });

  it('is read from a connection as the sent messages, for any chunk sizes', () => {
    const messages = fc.array(fc.tuple(fc.constantFrom('Q', 'p', 'S'), fc.uint8Array({ maxLength: 300 })));
    const same = fc.property(messages, fc.array(fc.nat(2000)), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(([type, body]) => frontend(type, body)));
      const reader = new MessageReader(1000);
      const received: [string, Uint8Array][] = [];
      let begin = 0;
      for (const end of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
        reader.push(bytes.subarray(begin, end));
        begin = end;
        for (let next = reader.message(); next; next = reader.message()) {
          received.push([next.type, Uint8Array.from(next.body)]);
        }
      }
      expect(received).to.deep.equal(sent.map(([type, body]) => [type, Uint8Array.from(body)]));
    });
    fc.assert(same, { numRuns: 300 });
  });
});
