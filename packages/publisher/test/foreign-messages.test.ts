import { type Connection, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { recordEvents } from './support/record-events.ts';
import { startRouter } from './support/router.ts';

const topic = 'com.example.good';
const reserved = 'wamp.session.on_join';

interface Foreign {
  readonly content: string | Buffer;
  readonly error?: string;
}

/** Messages that any role may write instead of a publication, and their refusals. */
const foreign: Readonly<Record<string, Foreign>> = {
  'an empty message': { content: '' },
  'a message of one line': { content: 'hello' },
  'a message of five lines': { content: `${topic}\n\n[1]\n{}\n` },
  'bytes that are no UTF-8': { content: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
  'a character that PostgreSQL has not': { content: 'a\0b' },
  'a topic that is no URI': { content: 'not a topic\n\n[1]\n', error: 'wamp.error.invalid_uri' },
  'a topic with a zero byte': { content: 'com. \0\n\n[1]\n', error: 'wamp.error.invalid_uri' },
  'a topic of the router': { content: `${reserved}\n\n[1]\n`, error: 'wamp.error.invalid_uri' },
  'options that are no JSON': { content: `${topic}\n{"acknowledge": tr\n[1]\n` },
  'args that are no JSON': { content: `${topic}\n\n[1\n` },
  'kwargs that are no JSON': { content: `${topic}\n\n[1]\n{"a"` },
  'args that are no array': { content: `${topic}\n\n{"a": 1}\n` },
  'args of more levels than the router takes': {
    content: `${topic}\n\n${'['.repeat(200)}${']'.repeat(200)}\n`,
  },
  'args of more levels than PostgreSQL takes': {
    content: `${topic}\n\n${'['.repeat(200_000)}${']'.repeat(200_000)}\n`,
  },
  'options of many levels': {
    content: `${topic}\n{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}\n[1]\n`,
  },
  'kwargs that are no object': { content: `${topic}\n\n[1]\n[2]` },
};

function emit(connection: Connection, content: string | Buffer): Promise<unknown> {
  return connection.query(`SELECT pg_logical_emit_message(true, 'crossbar', $1::bytea)`, [Buffer.from(content)]);
}

/** The places in which any role may write. Text of PostgreSQL contains no zero byte, and only UTF-8. */
const places = [
  { place: 'the WAL', delivery: 'wal', write: emit, names: Object.keys(foreign) },
  {
    place: 'the outbox',
    delivery: 'outbox',
    write: (connection: Connection, content: string | Buffer) =>
      connection.query('SELECT crossbar._add_to_outbox($1)', [content]),
    names: Object.keys(foreign).filter((name) => !/UTF-8|zero byte|PostgreSQL has not/.test(name)),
  },
] as const;

for (const { place, delivery, write, names } of places) {
  describe(`A message in ${place} that crossbar.publish did not write`, () => {
    for (const name of names) {
      it(`does not block the others: ${name}`, async () => {
        const { content, error = 'wamp.error.invalid_argument' } = foreign[name] as Foreign;
        await using database = await prepareDatabase();
        await using testRouter = await startRouter();
        const events = await recordEvents(testRouter.router, topic);
        await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
        await using connection = await database.connect();
        await connection.query('BEGIN');
        await connection.query(`SELECT crossbar.publish($1, '["before"]')`, [topic]);
        await write(connection, content);
        await connection.query(`SELECT crossbar.publish($1, '["after"]')`, [topic]);
        await connection.query('COMMIT');
        await waitFor(() => events.includes('after'), { what: 'the publication behind it' });
        await drained(connection);
        const { rows } = await connection.query('SELECT * FROM crossbar.refused_publication');
        expect(new Set(rows.map((row) => row.error))).to.deep.equal(new Set([error]));
        expect(rows[0].content ?? rows[0].topic).to.be.a('string');
        expect(publisher.status().reconnects).to.equal(0);
        expect(new Set(events)).to.deep.equal(new Set(['before', 'after']));
      });
    }
  });
}

describe('A message in the WAL that crossbar.publish did not write', () => {
  it('does not block the others when it asks for acknowledgement again and again', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const events = await recordEvents(testRouter.router, topic);
    await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url));
    await using connection = await database.connect();
    const twins = Array.from({ length: 50 }, () => `${topic}\n{"acknowledge": true}\n["twin"]\n`);
    await connection.query('BEGIN');
    for (const twin of twins) await emit(connection, twin);
    await emit(connection, `${topic}\nnull\n["null"]\n`);
    await connection.query(`SELECT crossbar.publish($1, '["after"]')`, [topic]);
    await connection.query('COMMIT');
    await waitFor(() => events.includes('after'), { what: 'the publication behind them' });
    await publisher.stop();
    expect(events).to.deep.equal([...twins.map(() => 'twin'), 'after']);
    expect(publisher.status()).to.include({ published: 51, refused: 1, reconnects: 0 });
  });
});
