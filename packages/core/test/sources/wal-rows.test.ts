import { expect } from 'chai';
import type { Message } from '../../src/pipeline/index.ts';
import { unchanged, type Value } from '../../src/postgres/index.ts';
import {
  type ChangeParser,
  nameOfType,
  type WalChange,
  type WalSource,
  type WalTable,
  walMessages,
  walRows,
} from '../../src/sources/index.ts';
import { type WalDatabase, walDatabase } from '../support/wal.ts';

/** A change as it came. */
interface ChangeMessage extends Message {
  readonly change: WalChange;
}

const toMessage: ChangeParser<ChangeMessage> = (id, change, size) => ({
  id,
  channel: change.kind,
  payload: '',
  size,
  change,
});

/** A change as a test writes it down: the tuples by the names of their columns. */
function plain({ change }: ChangeMessage): object {
  switch (change.kind) {
    case 'begin':
    case 'commit':
    case 'message':
      return { kind: change.kind };
    case 'truncate':
      return {
        kind: change.kind,
        tables: change.tables.map(({ table }) => table),
        cascade: change.cascade,
        restartIdentity: change.restartIdentity,
      };
    default: {
      const { kind, table } = change;
      const tuples = (['key', 'old', 'new'] as const).flatMap((name) => {
        const tuple = change[name];
        return tuple ? [[name, named(table, tuple)]] : [];
      });
      const operation = 'operation' in change && { operation: change.operation };
      return { kind, ...operation, table: table.table, ...Object.fromEntries(tuples) };
    }
  }
}

function named({ columns }: WalTable, values: readonly Value[]): object {
  return Object.fromEntries(
    values.map((value, index) => [columns[index]?.name, value === unchanged ? 'unchanged' : value]),
  );
}

/** A database whose tables are all published. */
async function rowsDatabase(): Promise<WalDatabase & { openRows(limit?: number): Promise<WalSource<ChangeMessage>> }> {
  const database = await walDatabase();
  await database.run('CREATE PUBLICATION rows FOR ALL TABLES');
  const publications = ['rows', 'crossbar'];
  return {
    ...database,
    openRows: (limit = 1024 * 1024) => database.open({ publications, limit, decoders: [walRows(toMessage)] }),
  };
}

/** The output of a source for SQL statements, each run in its own transaction. */
async function changesOf(prepare: string, ...statements: readonly string[]): Promise<object[]> {
  await using database = await rowsDatabase();
  await database.run(prepare);
  for (const statement of statements) await database.run(statement);
  await using source = await database.openRows();
  const changes = (await database.readAll(source)).map(plain);
  return changes.filter((change) => !('kind' in change && (change.kind === 'begin' || change.kind === 'commit')));
}

const people = `CREATE TABLE people (id int PRIMARY KEY, name text, born date)`;

describe('WalSource: row changes', () => {
  it('yields an insert with the new row as text, and NULL', async () => {
    const changes = await changesOf(people, `INSERT INTO people VALUES (1, 'Ä "€𝄞', '2000-02-01'), (2, NULL, NULL)`);
    expect(changes).to.deep.equal([
      { kind: 'insert', table: 'people', new: { id: '1', name: 'Ä "€𝄞', born: '2000-02-01' } },
      { kind: 'insert', table: 'people', new: { id: '2', name: null, born: null } },
    ]);
  });

  it('yields an update with the new row, and with the old key if it changed', async () => {
    const changes = await changesOf(
      `${people}; INSERT INTO people VALUES (1, 'one')`,
      `UPDATE people SET name = 'two'`,
      `UPDATE people SET id = 2`,
    );
    expect(changes.slice(1)).to.deep.equal([
      { kind: 'update', table: 'people', new: { id: '1', name: 'two', born: null } },
      {
        kind: 'update',
        table: 'people',
        key: { id: '1', name: null, born: null },
        new: { id: '2', name: 'two', born: null },
      },
    ]);
  });

  it('yields a delete with the old key', async () => {
    const changes = await changesOf(`${people}; INSERT INTO people VALUES (1, 'one')`, `DELETE FROM people`);
    expect(changes.at(-1)).to.deep.equal({ kind: 'delete', table: 'people', key: { id: '1', name: null, born: null } });
  });

  it('yields the whole old row if the table has REPLICA IDENTITY FULL', async () => {
    const changes = await changesOf(
      `${people}; ALTER TABLE people REPLICA IDENTITY FULL; INSERT INTO people VALUES (1, 'one', '2000-01-01')`,
      `UPDATE people SET name = 'two'`,
      `DELETE FROM people`,
    );
    const [old, now] = ['one', 'two'].map((name) => ({ id: '1', name, born: '2000-01-01' }));
    expect(changes.slice(1)).to.deep.equal([
      { kind: 'update', table: 'people', old, new: now },
      { kind: 'delete', table: 'people', old: now },
    ]);
  });

  it('yields the columns of the replica identity index', async () => {
    const changes = await changesOf(
      `CREATE TABLE cards (id int PRIMARY KEY, code text NOT NULL UNIQUE);
       ALTER TABLE cards REPLICA IDENTITY USING INDEX cards_code_key; INSERT INTO cards VALUES (1, 'a')`,
      `DELETE FROM cards`,
    );
    expect(changes.at(-1)).to.deep.equal({ kind: 'delete', table: 'cards', key: { id: null, code: 'a' } });
  });

  it('marks an unchanged TOASTed value', async () => {
    const changes = await changesOf(
      `CREATE TABLE files (id int PRIMARY KEY, content text, name text); ALTER TABLE files ALTER content SET STORAGE EXTERNAL;
       INSERT INTO files VALUES (1, repeat('x', 10000), 'a')`,
      `UPDATE files SET name = 'b'`,
      `UPDATE files SET content = repeat('y', 10000)`,
    );
    const [, first, second] = changes as { new: { content: string } }[];
    expect(first).to.deep.equal({ kind: 'update', table: 'files', new: { id: '1', content: 'unchanged', name: 'b' } });
    expect(second?.new.content).to.equal('y'.repeat(10_000));
  });

  it('yields a truncation of several tables as one change, with its options', async () => {
    const changes = await changesOf(
      `${people}; CREATE TABLE pets (owner int REFERENCES people)`,
      `TRUNCATE people CASCADE`,
      `TRUNCATE pets RESTART IDENTITY`,
    );
    expect(changes).to.deep.equal([
      { kind: 'truncate', tables: ['people', 'pets'], cascade: true, restartIdentity: false },
      { kind: 'truncate', tables: ['pets'], cascade: false, restartIdentity: true },
    ]);
  });

  it('yields changes of upserts, writable CTEs, triggers, COPY and partitions', async () => {
    const changes = await changesOf(
      `${people}; CREATE TABLE log (text text);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.name); RETURN NEW; END $$;
       CREATE TRIGGER note AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION note();
       CREATE TABLE days (day int) PARTITION BY RANGE (day); CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10)`,
      `INSERT INTO people VALUES (1, 'one') ON CONFLICT (id) DO UPDATE SET name = 'again'`,
      `INSERT INTO people VALUES (1, 'one') ON CONFLICT (id) DO UPDATE SET name = 'again'`,
      `WITH gone AS (DELETE FROM people RETURNING id) INSERT INTO days SELECT id FROM gone`,
      `COPY log FROM PROGRAM 'printf "a\\nb\\n"'`,
    );
    const short = changes.map((change) =>
      Object.values(change).map((part) => part.text ?? part.name ?? part.day ?? part.id ?? part),
    );
    expect(short).to.deep.equal(
      [
        ['insert', 'people', 'one'],
        ['insert', 'log', 'one'],
        ['update', 'people', 'again'],
        ['delete', 'people', '1'],
        ['insert', 'days_1', '1'],
        ['insert', 'log', 'a'],
        ['insert', 'log', 'b'],
      ].map((expected) => (expected[0] === 'delete' ? ['delete', 'people', '1'] : expected)),
    );
  });

  it('yields begin and commit in commit order, and nothing that was rolled back', async () => {
    await using database = await rowsDatabase();
    await database.run(people);
    await using first = await database.connect();
    await first.query(`BEGIN; INSERT INTO people VALUES (1)`);
    await database.run(`INSERT INTO people VALUES (2)`);
    await first.query(`SAVEPOINT s; INSERT INTO people VALUES (3); ROLLBACK TO s; COMMIT`);
    await using source = await database.openRows();
    const messages = await database.readAll(source);
    const rows = messages.filter(({ change }) => change.kind === 'insert');
    expect(rows.map(({ change }) => ('new' in change ? change.new?.[0] : undefined))).to.deep.equal(['2', '1']);
    const kinds = messages.map(({ channel }) => channel).join(' ');
    expect(kinds).to.match(/begin insert commit (begin commit )*begin insert commit$/);
    const transactions = rows.map(({ change }) => change.kind === 'insert' && change.transaction);
    for (const transaction of transactions) {
      if (!transaction) throw new Error('no transaction');
      expect(transaction.xid).to.be.above(0);
      expect(Math.abs(transaction.at.getTime() - Date.now())).to.be.below(600_000);
    }
    expect(new Set(transactions.map((transaction) => (transaction ? transaction.xid : 0))).size).to.equal(2);
  });

  it('yields the place in the WAL as the id of a row, the same for each read and each publication', async () => {
    await using database = await rowsDatabase();
    await database.run(`${people}; CREATE TABLE other (n int); CREATE PUBLICATION "a few" FOR TABLE people`);
    await database.run(`SELECT pg_create_logical_replication_slot('second_${database.slot}', 'pgoutput')`);
    await database.run(`BEGIN; INSERT INTO other VALUES (1); COPY people FROM PROGRAM 'printf "1\\ta\\t\\\\\\\\N\\n2\\tb\\t\\\\\\\\N\\n"';
      INSERT INTO other VALUES (2); INSERT INTO people VALUES (3); COMMIT`);
    const ids: string[][] = [];
    for (const options of [{}, {}, { publications: ['a few'], slot: `second_${database.slot}` }]) {
      const publications = ['rows', 'crossbar'];
      await using source = await database.open({ publications, decoders: [walRows(toMessage)], ...options });
      const messages = await database.readAll(source, false);
      const rows = messages.filter(({ change }) => change.kind === 'insert' && change.table.table === 'people');
      ids.push(rows.map(({ id }) => id));
    }
    await database.run(`SELECT pg_drop_replication_slot('second_${database.slot}')`);
    expect(ids[0]).to.have.length(3);
    expect(new Set(ids[0]).size).to.equal(3);
    expect(ids[0]?.[0]).to.match(/^[\dA-F]+\/[\dA-F]+\/0$/);
    expect(ids[0]?.[1]).to.equal(ids[0]?.[0]?.replace(/0$/, '1'));
    expect(ids[1]).to.deep.equal(ids[0]);
    expect(ids[2]).to.deep.equal(ids[0]);
  });

  it('yields the key and the types of columns: other types by name, domains by their base type', async () => {
    await using database = await rowsDatabase();
    await database.run(`CREATE SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('good'); CREATE DOMAIN shop.price AS numeric(10, 2);
      CREATE TABLE shop.items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood shop.mood, moods shop.mood[], price shop.price,
        at timestamptz, span interval, bytes bytea, doc jsonb, twice numeric(8, 3))`);
    await database.run(`INSERT INTO shop.items (mood, moods, price, at, span, bytes, doc, twice)
      VALUES ('good', '{good}', 1.5, '2000-01-01 12:00+05', '1 day 02:03', '\\x00ff', '{"a": 1.10}', 2)`);
    await using source = await database.openRows();
    const insert = (await database.readAll(source)).map(({ change }) => change).find(({ kind }) => kind === 'insert');
    if (insert?.kind !== 'insert') throw new Error('no insert');
    const { table } = insert;
    expect(table).to.include({ schema: 'shop', table: 'items', identity: 'default' });
    expect(table.columns.map(({ isKey }) => isKey)).to.deep.equal(table.columns.map((_, index) => index === 0));
    expect(table.columns.map((column) => nameOfType(table, column) ?? column.typeOid)).to.deep.equal([
      20,
      'shop.mood',
      'shop._mood',
      'pg_catalog.numeric',
      1184,
      1186,
      17,
      3802,
      1700,
    ]);
    expect(table.columns.at(-1)?.typeModifier).to.equal(((8 << 16) | 3) + 4);
    expect(insert.new?.slice(1, 4)).to.deep.equal(['good', '{good}', '1.50']);
    expect(insert.new?.slice(6)).to.deep.equal(['\\x00ff', '{"a": 1.10}', '2.000']);
  });

  it('yields a changed definition of a table', async () => {
    const changes = await changesOf(
      people,
      `INSERT INTO people VALUES (1, 'one')`,
      `ALTER TABLE people DROP COLUMN name; ALTER TABLE people RENAME born TO birthday; ALTER TABLE people ADD COLUMN size int DEFAULT 7`,
      `INSERT INTO people VALUES (2)`,
      `ALTER TABLE people RENAME TO persons; INSERT INTO persons VALUES (3)`,
    );
    expect(changes).to.deep.equal([
      { kind: 'insert', table: 'people', new: { id: '1', name: 'one', born: null } },
      { kind: 'insert', table: 'people', new: { id: '2', birthday: null, size: '7' } },
      { kind: 'insert', table: 'persons', new: { id: '3', birthday: null, size: '7' } },
    ]);
  });

  it('yields only the values at the beginning of a row beyond the limit, and continues', async () => {
    await using database = await rowsDatabase();
    await database.run(people);
    await database.run(`INSERT INTO people VALUES (1, 'small'), (2, repeat('x', 3000000)), (3, 'small')`);
    await database.run(`UPDATE people SET name = repeat('y', 3000000) WHERE id = 1`);
    await using source = await database.openRows(100_000);
    const messages = await database.readAll(source);
    const rows = messages.map(plain).filter((change) => 'table' in change);
    expect(rows).to.deep.equal([
      { kind: 'insert', table: 'people', new: { id: '1', name: 'small', born: null } },
      { kind: 'too_large', operation: 'insert', table: 'people', new: { id: '2' } },
      { kind: 'insert', table: 'people', new: { id: '3', name: 'small', born: null } },
      { kind: 'too_large', operation: 'update', table: 'people', new: { id: '1' } },
    ]);
    expect(messages.filter(({ channel }) => channel === 'too_large').every(({ size }) => size > 3_000_000)).to.equal(
      true,
    );
  });

  it('yields the beginning of the first tuple that is large, and nothing behind it', async () => {
    await using database = await rowsDatabase();
    await database.run(
      `CREATE TABLE files (id int PRIMARY KEY, note text, content text, last text); ALTER TABLE files REPLICA IDENTITY FULL;
       INSERT INTO files VALUES (1, NULL, 'small', 'z')`,
    );
    await database.run(`UPDATE files SET id = 2, content = repeat('x', 300000)`);
    await database.run(`UPDATE files SET id = 3, content = 'small'`);
    await using source = await database.openRows(100_000);
    const rows = (await database.readAll(source)).map(plain).filter((change) => 'operation' in change);
    const old = { id: '1', note: null, content: 'small', last: 'z' };
    const large = { kind: 'too_large', operation: 'update', table: 'files' };
    expect(rows).to.deep.equal([
      { ...large, old, new: { id: '2', note: null } },
      { ...large, old: { id: '2', note: null } },
    ]);
  });

  it('yields logical messages of all prefixes if requested', async () => {
    await using database = await rowsDatabase();
    await database.run(
      `SELECT pg_logical_emit_message(true, 'a', 'in'), pg_logical_emit_message(false, 'b ä', 'out €')`,
    );
    const decoders = [walRows(toMessage, { messages: true })];
    await using source = await database.open({ publications: ['rows'], decoders });
    const messages = (await database.readAll(source)).flatMap(({ change }) =>
      change.kind === 'message' ? change : [],
    );
    const plainMessages = messages.map(({ prefix, content, transaction }) => ({
      prefix,
      content,
      isIn: transaction !== undefined,
    }));
    expect(plainMessages).to.have.deep.members([
      { prefix: 'a', content: 'in', isIn: true },
      { prefix: 'b ä', content: 'out €', isIn: false },
    ]);
  });

  it('yields row changes and logical messages in their order', async () => {
    await using database = await rowsDatabase();
    await database.run(people);
    await database.run(`BEGIN; INSERT INTO people VALUES (1); SELECT pg_logical_emit_message(true, 'notes', 'between');
      INSERT INTO people VALUES (2); COMMIT`);
    const rows = walRows<Message>((id, change, size) =>
      change.kind === 'insert' ? { id, channel: 'people', payload: String(change.new?.[0]), size } : undefined,
    );
    const notes = walMessages<Message>(['notes'], (id, channel, payload, size) => ({ id, channel, payload, size }));
    await using source = await database.open({ publications: ['rows'], decoders: [rows, notes] });
    const texts = (await database.readAll(source)).map(({ payload }) => payload);
    expect(texts).to.deep.equal(['1', 'between', '2']);
  });
});
