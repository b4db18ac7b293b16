import { isUtf8 } from 'node:buffer';
import { createDatabaseEncoded } from '@pgwamp/harness/fixtures/encoded-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { openEvents } from './support/event-stream.ts';
import { openStage } from './support/gateway.ts';
import { open, openV1, refused } from './support/socket.ts';

describe('Gateway: database in LATIN1', () => {
  it('sends names and payloads as UTF-8', async () => {
    await using database = await createDatabaseEncoded('LATIN1');
    await using stage = await openStage({}, { of: database });
    await using socket = await open(stage.url(`/listen/${encodeURIComponent('Käse')}`));
    await stage.notify('Käse', 'ÄÖÜ ÿ');
    expect(await socket.frames(1)).to.deep.equal(['ÄÖÜ ÿ']);
  });

  it('refuses a name that its encoding cannot represent, and keeps all other channels', async () => {
    await using database = await createDatabaseEncoded('LATIN1');
    await using stage = await openStage({}, { of: database });
    await using socket = await openV1(stage.url('/listen/a'));
    const names = ['€', 'b', '日本', 'c'];
    const opening = names.map(async (name) => {
      const url = stage.url(`/listen/${encodeURIComponent(name)}`);
      return /^\w$/.test(name) ? await open(url) : await refused(url);
    });
    const [euro, b, japan, c] = await Promise.all(opening);
    for (const refusal of [euro, japan]) {
      expect(refusal).to.deep.include({ status: 400 });
      expect(refusal)
        .to.have.property('body')
        .that.matches(/encoding of the database cannot represent it/);
    }
    socket.send({ type: 'subscribe', channels: ['€', 'd'] });
    await socket.message(({ type, channel }) => type === 'refused' && channel === '€');
    await socket.message(({ type, channel }) => type === 'listening' && channel === 'd');
    await stage.notify('a', 'still here');
    await socket.message(({ payload }) => payload === 'still here');
    expect(socket.messages.filter(({ type }) => type === 'gap')).to.deep.equal([]);
    expect(stage.gateway.status()).to.include({ channels: 4, gaps: 0 });
    for (const each of [b, c]) if (each && 'webSocket' in each) await each[Symbol.asyncDispose]();
  });
});

describe('Gateway: database in SQL_ASCII', () => {
  it('replaces bytes that are not UTF-8, so that no client receives an invalid frame', async () => {
    await using database = await createDatabaseEncoded('SQL_ASCII');
    await using stage = await openStage({}, { of: database });
    await using plain = await open(stage.url('/listen/a'), [], { skipUTF8Validation: true });
    await using socket = await openV1(stage.url('/listen/a'));
    using stream = await openEvents(stage.http('/listen/a'));
    await stream.event(({ event }) => event === 'listening');
    const bytes: Buffer[] = [];
    plain.webSocket.on('message', (data) => bytes.push(data as Buffer));
    await using sql = await database.connect();
    await sql.query(`SELECT pg_notify('a', convert_from('\\x61ff62c3', 'SQL_ASCII')), pg_notify('a', 'Käse €')`);
    const expected = ['a\uFFFDb\uFFFD', 'Käse €'];
    expect(await plain.frames(2)).to.deep.equal(expected);
    expect(bytes.every((each) => isUtf8(each))).to.equal(true);
    await socket.frames(3);
    expect(socket.messages.slice(1).map(({ payload }) => payload)).to.deep.equal(expected);
    await stream.event(({ data }) => data.payload === 'Käse €');
    expect(stream.events.flatMap(({ data }) => data.payload ?? [])).to.deep.equal(expected);
  });
});

describe('Gateway: row changes of a database in SQL_ASCII', () => {
  it('replace bytes that are not UTF-8, and continue', async () => {
    await using database = await createDatabaseEncoded('SQL_ASCII');
    await using sql = await database.connect();
    await sql.query(
      'CREATE TABLE people (id int PRIMARY KEY, name text); CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES',
    );
    const extra = { database: crossbarLogin(database) as never, tables: { 'public.people': 'all' } } as const;
    await using stage = await openStage(extra, { of: database });
    await using socket = await openV1(stage.url('/listen/table:public.people'));
    await socket.frames(1);
    await sql.query(`INSERT INTO people VALUES (1, convert_from('\\x61ff', 'SQL_ASCII')), (2, 'Käse')`);
    await socket.frames(3);
    const rows = socket.messages.slice(1).map(({ payload }) => JSON.parse(String(payload)).row);
    expect(rows).to.deep.equal([
      { id: 1, name: 'a\uFFFD' },
      { id: 2, name: 'Käse' },
    ]);
  });
});
