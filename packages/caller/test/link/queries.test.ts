import { type Connection, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import { frontend, int32, query } from './support/frontend-messages.ts';
import { errorFields, type RawClient, rawClientOf } from './support/raw-client.ts';
import { ask, callText, echo, type LinkStage, openLink } from './support/stage.ts';

async function refusal(client: Connection, text: string): Promise<pg.DatabaseError> {
  return withDeadline(rejection<pg.DatabaseError>(client.query(text)), 20_000, `the refusal of ${text}`);
}

/** A connection that is let in, for bytes. */
async function raw(stage: LinkStage): Promise<RawClient> {
  return rawClientOf(await stage.connect());
}

describe('The link', () => {
  it('refuses SQL, with the supported requests as hint', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect();
    for (const text of ['SELECT 1', 'BEGIN', 'SHOW server_version', '{"call": 1}', 'null', '"call"']) {
      const error = await refusal(client, text);
      expect([text, error.code, error.severity]).to.deep.equal([text, '0A000', 'ERROR']);
      expect(error.hint).to.include('["call", id, procedure, options, identity]');
    }
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('refuses requests that are malformed', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect();
    const wrong = [
      '[1] [2]',
      '[1',
      '[}',
      '[]',
      '["call"]',
      '["call",1]',
      '["wait"]',
      '["wait",1,2]',
      '["wait","1"]',
      '["wait",1.5]',
      '["wait",9007199254740993]',
      '["sleep",1]',
      '[call,1]',
      '["wait",]',
      '["wait",1',
      '["wait",1]\n',
      '["call",1,"p",{},{}]',
      '["call",1,"p",{},{}]\n',
      '["call",1,"p",{},{}]\n\n\n',
      '["call",1,"p",{},{}]\n\n\n\n',
      '["call",1,2,{},{}]\n\n',
      '["call",1,"p",{},{}]\n{}\n',
      '["call",1,"p",{},{}]\n\n[]',
      '["call",1,"p",{},{}]\n1\n',
      '["call",1,"p",null,{}]\n\n',
      '["call",1,"p",{},[]]\n\n',
      '["call",1,"p",{"a"},{}]\n\n',
      '["call",1,"p",{},{},{}]\n\n',
      '["each",1,"p",{},{}]\n[]',
      '["each",1,"p",{},{}]\n[]\n[]',
    ];
    for (const text of wrong) expect([text, (await refusal(client, text)).code]).to.deep.equal([text, '22023']);
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('accepts a supported encoding, and refuses queries after any other one', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect();
    for (const encoding of ['UTF8', 'SQL_ASCII']) {
      expect((await client.query(`set client_encoding to '${encoding}'`)).command).to.equal('SET');
    }
    for (const text of [`set client_encoding to 'LATIN1'`, callText(1, ['é'])]) {
      const error = await refusal(client, text);
      expect([error.code, error.message]).to.deep.equal(['0A000', 'the link only supports UTF8, not LATIN1']);
    }
    await client.query(`SET client_encoding TO 'utf-8';`);
    expect((await ask(client, callText(1, ['é']))).payload).to.equal('["é"]');
  });

  it('answers an empty query as PostgreSQL does', async () => {
    await using stage = await openLink(echo);
    using client = await raw(stage);
    client.send(query(''), query(' \n'));
    expect(await client.letters('Z', 2)).to.equal('IZIZ');
  });

  it('refuses statements with parameters, and continues', async () => {
    await using stage = await openLink(echo);
    await using client = await stage.connect();
    const error = await rejection<pg.DatabaseError>(client.query('SELECT $1', [1]));
    expect([error.code, error.message]).to.deep.equal([
      '0A000',
      'the link does not support the extended query protocol',
    ]);
    expect((await ask(client, callText(1, [1]))).payload).to.equal('[1]');
  });

  it('skips the rest of an extended query up to its Sync', async () => {
    await using stage = await openLink(echo);
    using client = await raw(stage);
    const messages = [...'PBDECH'].map((type) => frontend(type, 'x\0'));
    client.send(...messages, query(callText(1)), frontend('X1'.slice(1)), frontend('S'), query(callText(2)));
    expect(await client.letters('Z', 2)).to.equal('EZTDCZ');
  });

  it('refuses the call of a function, and skips the data of a COPY', async () => {
    await using stage = await openLink(echo);
    using client = await raw(stage);
    client.send(frontend('F', int32(1)), frontend('d', 'data'), frontend('c'), frontend('f', '\0'), query(callText(1)));
    expect(await client.letters('Z', 2)).to.equal('EZTDCZ');
  });

  it('refuses text that is not UTF-8', async () => {
    await using stage = await openLink(echo);
    using client = await raw(stage);
    client.send(frontend('Q', Buffer.from('5b22ff225d00', 'hex')));
    await client.letters('Z');
    expect(errorFields(client.messages[0]?.body ?? Buffer.alloc(0))).to.include({ S: 'ERROR', C: '22021' });
  });

  it('closes the connection of a client with another protocol', async () => {
    const violations = [
      frontend('y'),
      frontend('p', 'again'),
      frontend('Q', 'no end'),
      frontend('Q'),
      Buffer.from('Q\0\0\0\x01'),
    ];
    await using stage = await openLink(echo);
    for (const violation of violations) {
      using client = await raw(stage);
      client.send(violation, query(callText(1)));
      expect(await client.refusal()).to.include({ S: 'FATAL', C: '08P01' });
      expect(client.messages).to.have.length(1);
    }
  });

  it('reads messages that arrive in any pieces', async () => {
    await using stage = await openLink(echo);
    using client = await raw(stage);
    const bytes = Buffer.concat([query(callText(1, ['é'])), query(callText(2, ['x'.repeat(300)]))]);
    client.socket.setNoDelay(true);
    for (const byte of bytes) {
      client.send(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    expect(await client.letters('Z', 2)).to.equal('TDCZTDCZ');
    expect(client.received.toString()).to.include('["é"]').and.to.include('x'.repeat(300));
  });
});
