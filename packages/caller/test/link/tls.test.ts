import { connect as connectTls } from 'node:tls';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import { authority, tls } from './support/certificates.ts';
import { query, sslRequest, startup } from './support/frontend-messages.ts';
import { errorFields, RawClient } from './support/raw-client.ts';
import { ask, callText, echo, openLink } from './support/stage.ts';

const verified = { host: 'localhost', ssl: { ca: authority } };

describe('A link with TLS', () => {
  it('accepts clients that verify its certificate', async () => {
    await using stage = await openLink(echo, { tls });
    await using client = await stage.connect(verified);
    expect((await ask(client, callText(1, ['x'.repeat(100_000)]))).payload).to.have.length(100_004);
    const refused = await rejection(stage.connect({ host: 'localhost', ssl: true }));
    expect(refused.message).to.match(/certificate/);
  });

  it('refuses a client that has the secret but does not encrypt', async () => {
    await using stage = await openLink(echo, { tls });
    const error = await rejection<pg.DatabaseError>(stage.connect());
    expect(error.code).to.equal('28000');
    expect(error.hint).to.match(/sslmode=require/);
  });

  it('refuses plain bytes between the request for TLS and its handshake', async () => {
    await using stage = await openLink(echo, { tls });
    using client = await RawClient.connect(stage.port);
    client.send(sslRequest, startup());
    await client.closed();
    const answer = client.received;
    expect(answer.toString('latin1', 0, 1)).to.equal('S');
    expect(errorFields(answer.subarray(6))).to.include({ C: '08P01' });
  });

  it('closes the connection of a client without TLS, and serves others', async () => {
    await using stage = await openLink(echo, { tls });
    using client = await RawClient.connect(stage.port);
    client.send(sslRequest);
    await waitFor(() => client.received.toString() === 'S', { what: 'the consent' });
    client.send(startup(), query('SELECT 1'));
    await client.closed();
    await using other = await stage.connect(verified);
    expect((await ask(other, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('closes connections that never finish the handshake, or go in the midst of it', async () => {
    await using stage = await openLink(echo, { tls, authenticationTimeout: 200 });
    using silent = await RawClient.connect(stage.port);
    silent.send(sslRequest);
    using leaving = await RawClient.connect(stage.port);
    leaving.send(sslRequest);
    await waitFor(() => leaving.received.length > 0, { what: 'the consent' });
    leaving.socket.resetAndDestroy();
    await silent.closed();
    using plain = await RawClient.connect(stage.port);
    plain.send(sslRequest);
    await waitFor(() => plain.received.length > 0, { what: 'the consent' });
    const secure = connectTls({
      socket: plain.socket,
      ca: authority,
      host: 'localhost',
      servername: 'localhost',
    });
    secure.on('error', () => undefined);
    let text = '';
    secure.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    await waitFor(() => text.includes('canceling authentication due to timeout'), { what: 'the end of the time' });
  });
});
