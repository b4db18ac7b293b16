import { describeWithBroker, type PostgresServer, startPostgresWithWal2json } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Format } from '../../src/formats/format.ts';
import { Wal2json } from '../../src/formats/wal2json.ts';
import { type Wal2jsonOptions, wal2jsonOptions } from '../../src/formats/wal2json-options.ts';
import { Wal2jsonV1 } from '../../src/formats/wal2json-v1.ts';
import { type ChangeLog, openChangeLog } from '../support/change-log.ts';
import { everyType } from '../support/every-type.ts';

const rows = {
  tables: `
CREATE TABLE people (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'no"body', born date DEFAULT now(), note text);
CREATE TABLE whole (a int, b text); ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE whole_key (id int PRIMARY KEY, b text, c text); ALTER TABLE whole_key REPLICA IDENTITY FULL; ALTER TABLE whole_key ALTER c SET STORAGE EXTERNAL;
CREATE TABLE by_index (x int, code text NOT NULL UNIQUE); ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code_key;
CREATE TYPE state AS ENUM ('new', 'old'); CREATE TABLE states (state state PRIMARY KEY, n int);
CREATE TABLE big (id int PRIMARY KEY, content text, name text); ALTER TABLE big ALTER content SET STORAGE EXTERNAL;
CREATE SCHEMA shop; CREATE TABLE shop.orders (customer int, number int, total numeric(8, 2), PRIMARY KEY (number, customer));
CREATE TABLE dropped (id int PRIMARY KEY, gone int, stays int); ALTER TABLE dropped DROP COLUMN gone;
CREATE TABLE nokey (a int)`,
  changes: `
BEGIN; INSERT INTO whole VALUES (1, NULL); UPDATE whole SET b = 'x'; DELETE FROM whole; COMMIT;
BEGIN; INSERT INTO whole_key VALUES (1, NULL, repeat('x', 3000)); UPDATE whole_key SET b = 'b'; UPDATE whole_key SET c = NULL; DELETE FROM whole_key; COMMIT;
INSERT INTO people (name) VALUES ('a'); UPDATE people SET note = 'n';
INSERT INTO by_index VALUES (1, 'a'); UPDATE by_index SET x = 2; UPDATE by_index SET code = 'b'; DELETE FROM by_index;
INSERT INTO states VALUES ('new', 1); UPDATE states SET n = 2; UPDATE states SET state = 'old'; DELETE FROM states;
INSERT INTO big VALUES (1, repeat('x', 3000), 'a'); UPDATE big SET name = 'b'; UPDATE big SET content = 'short';
BEGIN; INSERT INTO shop.orders VALUES (1, 2, 3.50); SAVEPOINT s; INSERT INTO shop.orders VALUES (9, 9, 9); ROLLBACK TO s; UPDATE shop.orders SET total = 4, customer = 5; COMMIT;
INSERT INTO dropped VALUES (1, 2);
INSERT INTO nokey VALUES (1);
SELECT pg_logical_emit_message(true, 'no"te', 'in "a" transaction');
SELECT pg_logical_emit_message(false, 'other', 'outside');
BEGIN; INSERT INTO nokey VALUES (2); SELECT pg_logical_emit_message(true, 'note', 'between'); INSERT INTO nokey VALUES (3); COMMIT;
TRUNCATE shop.orders, nokey;`,
};

/** The output of the plugin, and that of the Proxy, for all changes in a database. */
async function compare(server: PostgresServer, sql: typeof rows, parameters: Partial<Wal2jsonOptions>) {
  await using log = await openChangeLog(server, sql.tables);
  await log.run(`SELECT pg_create_logical_replication_slot('plugin_${log.database.name.slice(-8)}', 'wal2json')`);
  for (const statement of sql.changes.split(/;\n/)) await log.run(statement);
  const options = Object.entries(parameters).flatMap(([name, value]) => [`'${name}'`, `'${value}'`]);
  const slot = `'plugin_${log.database.name.slice(-8)}', NULL, NULL`;
  const lines = await log.run(`SELECT data FROM pg_logical_slot_get_changes(${[slot, ...options].join(', ')})`);
  const ours = await log.written(formatOf(log, parameters));
  return { theirs: lines.map(({ data }) => String(data)), ours };
}

function formatOf({ columns }: ChangeLog, parameters: Partial<Wal2jsonOptions>): Format {
  const options = wal2jsonOptions.parse(parameters);
  return options['format-version'] === 1 ? new Wal2jsonV1(options, columns, 2 ** 26) : new Wal2json(options, columns);
}

/** The plugin writes names of types and defaults that are not valid JSON; the Proxy writes valid JSON. */
function corrected(line: string): string {
  return line.replaceAll(/(?<=[:,[] ?)"Shop"\.size/g, '"\\"Shop\\".size"').replaceAll('no"body', 'no\\"body');
}

/** Line by line, and where a line is long from where the two begin to differ. */
function expectSame(ours: readonly string[], theirs: readonly string[]): void {
  for (const [index, theirLine] of theirs.entries()) {
    const line = corrected(theirLine);
    const other = ours[index] ?? '';
    const start = [...line].findIndex((character, at) => character !== other[at]);
    if (start >= 0 || other.length !== line.length)
      expect(other.slice(start - 60, start + 200)).to.equal(line.slice(start - 60, start + 200));
  }
  expect(ours.length).to.equal(theirs.length);
}

const parameterSets: readonly Partial<Wal2jsonOptions>[] = [
  { 'format-version': 2, 'include-types': false },
  { 'format-version': 2 },
  {
    'format-version': 2,
    'include-xids': true,
    'include-timestamp': true,
    'include-type-oids': true,
    'include-domain-data-type': true,
  },
  {
    'format-version': 2,
    'include-pk': true,
    'include-not-null': true,
    'include-column-positions': true,
    'include-default': true,
  },
  {
    'format-version': 2,
    'include-transaction': false,
    'include-schemas': false,
    'include-types': false,
    actions: 'insert, delete',
  },
  {
    'format-version': 2,
    'include-types': false,
    'filter-tables': 'public.whole,*.every,shop.*',
    'filter-msg-prefixes': 'note,no"te',
  },
  { 'format-version': 2, 'include-types': false, 'add-tables': 'shop.orders, public.*', 'add-msg-prefixes': 'note' },
  { 'format-version': 1 },
  { 'format-version': 1, 'include-types': false },
  {
    'format-version': 1,
    'pretty-print': true,
    'include-typmod': false,
    'include-xids': true,
    'include-timestamp': true,
    'include-lsn': true,
  },
  {
    'format-version': 1,
    'include-type-oids': true,
    'include-domain-data-type': true,
    'include-not-null': true,
    'include-column-positions': true,
    'include-default': true,
  },
  { 'format-version': 1, 'write-in-chunks': true, 'include-schemas': false, actions: 'insert,update' },
  { 'format-version': 1, 'write-in-chunks': true, 'pretty-print': true },
  {
    'format-version': 1,
    'include-types': false,
    'include-not-null': true,
    'include-pk': true,
    'filter-tables': 'public.whole_key',
    actions: 'insert,update',
  },
];

await describeWithBroker('wal2json', 'Format wal2json', () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgresWithWal2json();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const parameters of parameterSets) {
    it(`writes every type like the plugin: ${JSON.stringify(parameters)}`, async () => {
      const { theirs, ours } = await compare(server, everyType, parameters);
      expectSame(ours, theirs);
    });
    it(`writes every change like the plugin: ${JSON.stringify(parameters)}`, async () => {
      const { theirs, ours } = await compare(server, rows, parameters);
      expectSame(ours, theirs);
    });
  }
});
