import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import {
  cancelRequest,
  frontend,
  gssRequest,
  int32,
  packet,
  saslInitial,
  sslRequest,
  startup,
} from './support/frontend-messages.ts';
import { errorFields, RawClient } from './support/raw-client.ts';
import { ask, callText, echo, openLink, secret } from './support/stage.ts';

describe('A client of the link', () => {
  it('is accepted with the secret, as user crossbar, for the realm', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect();
    expect(stage.link.connections).to.equal(1);
    expect(await ask(client, callText(1, [2, 3]))).to.deep.equal({
      kind: 'result',
      payload: '[2,3]',
      args: null,
      kwargs: null,
    });
  });

  it('is refused with a wrong secret and with a wrong user alike, and with a wrong realm after that', async () => {
    await using stage = await openLink(echo);
    const attempts = [{ password: 'wrong' }, { user: 'postgres' }, { database: 'realm2' }];
    const errors = await Promise.all(
      attempts.map((attempt) => rejection<pg.DatabaseError>(stage.connect({ password: secret, ...attempt }))),
    );
    expect(errors.map(({ code, message }) => [code, message])).to.deep.equal([
      ['28P01', 'password authentication failed for user "crossbar"'],
      ['28P01', 'password authentication failed for user "postgres"'],
      ['3D000', 'realm "realm2" is not served here'],
    ]);
    expect(stage.link.connections).to.equal(0);
  });

  it('never finds the secret in an error or a log', async () => {
    await using stage = await openLink(echo);
    const error = await rejection(stage.connect({ password: 'wrong' }));
    await using client = await stage.connect();
    const refused = await rejection(ask(client, 'SELECT 1'));
    const told = JSON.stringify([stage.logged, error, error.stack, refused, refused.stack]);
    expect(stage.logged).to.have.length(1);
    expect(told).not.to.include(secret);
  });

  it('is told to continue without encryption if TLS is not configured', async () => {
    await using stage = await openLink(echo);
    using client = await RawClient.connect(stage.port);
    client.send(gssRequest, sslRequest, sslRequest);
    await waitFor(() => client.received.toString() === 'NNN', { what: 'three refusals' });
    client.clear();
    client.send(startup());
    expect(await client.letters('R')).to.equal('R');
  });

  it('cancels nothing by a CancelRequest', async () => {
    await using stage = await openLink(echo);
    using client = await RawClient.connect(stage.port);
    client.send(cancelRequest);
    await client.closed();
    expect(client.received).to.have.length(0);
  });

  it('receives the protocol version if it requests a newer one', async () => {
    await using stage = await openLink(echo);
    using client = await RawClient.connect(stage.port);
    client.send(startup({ user: 'crossbar', '_pq_.new': 'on' }, (3 << 16) | 9999));
    expect(await client.letters('R')).to.equal('vR');
    expect(client.messages[0]?.body).to.deep.equal(
      Buffer.concat([int32(3 << 16), int32(1), Buffer.from('_pq_.new\0')]),
    );
  });
});

const nonce = 'fyko+d2lbbFgONRv9qkxdawL';

const malformed: Readonly<Record<string, [code: string, ...messages: Buffer[]]>> = {
  'an older protocol': ['08P01', startup({ user: 'crossbar' }, 2 << 16)],
  'no user': ['28000', startup({ database: 'realm1' })],
  'parameters without an end': ['08P01', packet(int32(3 << 16), 'user\0crossbar')],
  'a packet that is too short': ['08P01', packet('abc')],
  'a packet that is too long': ['08P01', int32(10_001)],
  'a negative length': ['08P01', int32(-1)],
  'a length of nothing': ['08P01', int32(0)],
  'a web page': ['08P01', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  'TLS without having asked': ['08P01', Buffer.from('16030100ff010000fb0303', 'hex')],
  'a query at once': ['08P01', startup(), frontend('Q', 'SELECT 1\0')],
  'a password as text': ['08P01', startup(), frontend('p', `${secret}\0`)],
  'another mechanism': ['08P01', startup(), saslInitial(`n,,n=,r=${nonce}`, 'SCRAM-SHA-256-PLUS')],
  'a longer response than it has sent': ['08P01', startup(), frontend('p', 'SCRAM-SHA-256\0', int32(99), 'n,,n=,r=a')],
  'an empty response': ['08P01', startup(), frontend('p')],
  'channel binding that was not offered': ['08P01', startup(), saslInitial(`p=tls-unique,,n=,r=${nonce}`)],
  'no nonce': ['08P01', startup(), saslInitial('n,,n=,r=')],
  'the nonce of another exchange': [
    '08P01',
    startup(),
    saslInitial(`n,,n=,r=${nonce}`),
    frontend('p', `c=biws,r=${nonce},p=${Buffer.alloc(32).toString('base64')}`),
  ],
  'a message longer than any of SCRAM': ['08P01', startup(), Buffer.from('p'), int32(10_001)],
};

describe('An invalid authentication', () => {
  for (const [what, [code, ...messages]] of Object.entries(malformed)) {
    it(`ends with an error: ${what}`, async () => {
      await using stage = await openLink(echo);
      using client = await RawClient.connect(stage.port);
      client.send(...messages);
      const fields = await client.refusal();
      expect(fields).to.include({ S: 'FATAL', C: code });
    });
  }

  it('fails for a proof of the wrong length, and one that is not base64', async () => {
    await using stage = await openLink(echo);
    for (const proof of ['', 'AAAA', '!!!!']) {
      using client = await RawClient.connect(stage.port);
      client.send(startup(), saslInitial(`n,,n=,r=${nonce}`));
      await client.letters('R', 2);
      const challenge = client.messages[1]?.body.toString('utf8', 4) ?? '';
      client.send(frontend('p', `c=biws,${challenge.split(',')[0]},p=${proof}`));
      await client.closed();
      const last = client.messages.at(-1);
      expect([last?.type, errorFields(last?.body ?? Buffer.alloc(0)).C]).to.deep.equal(['E', '08P01']);
    }
  });
});
