import { expect } from 'chai';
import { RowFormat } from '../../src/formats/row.ts';
import { openChangeLog } from '../support/change-log.ts';
import { everyType } from '../support/every-type.ts';

/** The output of the format `row` for changes in a database with some tables. */
async function rowsOf(tables: string, ...statements: readonly string[]): Promise<string[]> {
  await using log = await openChangeLog(undefined, tables);
  for (const statement of statements) await log.run(statement);
  return await log.written(new RowFormat(log.types, log.keys));
}

const withoutHead = (text: string) =>
  text.replace(/^\{"id":"[\dA-F/]+",/, '{').replace(/"time":"[^"]+","transaction":\d+,?/, '');

describe('Format row', () => {
  it('writes every type like row_to_json, with all digits', async () => {
    await using log = await openChangeLog(undefined, everyType.tables);
    const expected: string[] = [];
    for (const statement of everyType.changes.split(/;\n/)) {
      if (!statement.includes('INSERT')) continue;
      await log.run(statement);
      const [last] = statement.match(/VALUES \((\d+)|\((\d)/) ?? [];
      const id = last?.replace(/\D/g, '');
      const [row] = await log.run(`SELECT row_to_json(every)::text AS text FROM every WHERE id = ${id}`);
      expected.push(String(row?.text));
    }
    const texts = await log.written(new RowFormat(log.types, log.keys));
    for (const text of expected) {
      const found = texts.find((other) => other.includes(`"row":${text.slice(0, 20)}`)) ?? '';
      const row = found.slice(found.indexOf('"row":') + 6, -1);
      // The rows are long: only where they begin to differ is shown.
      const start = [...text].findIndex((character, at) => character !== [...row][at]);
      expect(row.slice(Math.max(start - 20, 0))).to.equal(text.slice(Math.max(start - 20, 0)));
    }
    expect(expected.length).to.equal(3);
  });

  it('contains the key, the new row and, with REPLICA IDENTITY FULL, the old row', async () => {
    const texts = await rowsOf(
      `CREATE TABLE a (id int PRIMARY KEY, n int); CREATE TABLE b (id int PRIMARY KEY, n int); ALTER TABLE b REPLICA IDENTITY FULL;
       CREATE TABLE c (n int)`,
      'INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (NULL)',
      'UPDATE a SET n = 2; UPDATE b SET n = 2',
      'UPDATE a SET id = 2; DELETE FROM a; DELETE FROM b',
    );
    expect(texts.map(withoutHead)).to.deep.equal([
      '{"action":"insert","schema":"public","table":"a","key":{"id":1},"row":{"id":1,"n":1}}',
      '{"action":"insert","schema":"public","table":"b","key":{"id":1},"row":{"id":1,"n":1}}',
      '{"action":"insert","schema":"public","table":"c","row":{"n":null}}',
      '{"action":"update","schema":"public","table":"a","key":{"id":1},"row":{"id":1,"n":2}}',
      '{"action":"update","schema":"public","table":"b","key":{"id":1},"row":{"id":1,"n":2},"old":{"id":1,"n":1}}',
      '{"action":"update","schema":"public","table":"a","key":{"id":1},"row":{"id":2,"n":2}}',
      '{"action":"delete","schema":"public","table":"a","key":{"id":2}}',
      '{"action":"delete","schema":"public","table":"b","key":{"id":1},"old":{"id":1,"n":2}}',
    ]);
  });

  it('lists unchanged TOASTed values, or takes them from the old row', async () => {
    const table = (name: string) =>
      `CREATE TABLE ${name} (id int PRIMARY KEY, n int, t text); ALTER TABLE ${name} ALTER t SET STORAGE EXTERNAL; INSERT INTO ${name} VALUES (1, 1, repeat('x', 3000))`;
    const texts = await rowsOf(
      `${table('a')}; ${table('b')}; ALTER TABLE b REPLICA IDENTITY FULL`,
      'UPDATE a SET n = 2; UPDATE b SET n = 2',
    );
    const [marked, taken] = texts.map((text) => JSON.parse(text));
    expect(marked.row).to.deep.equal({ id: 1, n: 2 });
    expect(marked.unchanged).to.deep.equal(['t']);
    expect(taken.row.t).to.equal('x'.repeat(3000));
    expect(taken).not.to.have.property('unchanged');
  });

  it('writes each truncated table, and the DELETE of a row whose key is an enum', async () => {
    const texts = await rowsOf(
      `CREATE TYPE mood AS ENUM ('so "so"'); CREATE TABLE moods (mood mood PRIMARY KEY); INSERT INTO moods VALUES ('so "so"'); CREATE TABLE a (n int)`,
      'DELETE FROM moods',
      'TRUNCATE moods, a RESTART IDENTITY',
    );
    expect(texts.map(withoutHead)).to.deep.equal([
      '{"action":"delete","schema":"public","table":"moods","key":{"mood":"so \\"so\\""}}',
      '{"action":"truncate","schema":"public","table":"moods","cascade":false,"restart_identity":true}',
      '{"action":"truncate","schema":"public","table":"a","cascade":false,"restart_identity":true}',
    ]);
  });

  it('writes values of dropped types as text', async () => {
    await using log = await openChangeLog(
      undefined,
      `CREATE TYPE pair AS (a int, b int); CREATE TABLE a (id int PRIMARY KEY, pair pair)`,
    );
    await log.run('INSERT INTO a VALUES (1, ROW(1, 2))');
    await log.run('DROP TABLE a; DROP TYPE pair');
    const [text = ''] = await log.written(new RowFormat(log.types, log.keys));
    expect(JSON.parse(text).row).to.deep.equal({ id: 1, pair: '(1,2)' });
  });

  it('writes values of extensions as text, in any schema', async () => {
    const [text = ''] = await rowsOf(
      `CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
       CREATE TABLE a (id int PRIMARY KEY, h ext.hstore, ha ext.hstore[], c ext.citext, ca ext.citext[])`,
      `INSERT INTO a VALUES (1, 'a=>1, "b c"=>NULL', ARRAY['x=>"y, z"']::ext.hstore[], 'Text', ARRAY['A b', NULL]::ext.citext[])`,
    );
    expect(JSON.parse(text).row).to.deep.equal({
      id: 1,
      h: '"a"=>"1", "b c"=>NULL',
      ha: ['"x"=>"y, z"'],
      c: 'Text',
      ca: ['A b', null],
    });
  });

  it('writes a composite value as text if its type has got another attribute since', async () => {
    await using log = await openChangeLog(
      undefined,
      'CREATE TYPE pair AS (a int, b int); CREATE TABLE a (id int PRIMARY KEY, pair pair)',
    );
    await log.run('INSERT INTO a VALUES (1, ROW(1, 2))');
    await log.run('ALTER TYPE pair ADD ATTRIBUTE c int');
    await log.run('INSERT INTO a VALUES (2, ROW(1, 2, 3))');
    const texts = await log.written(new RowFormat(log.types, log.keys));
    expect(texts.map((text) => JSON.parse(text).row.pair)).to.deep.equal(['(1,2)', { a: 1, b: 2, c: 3 }]);
  });
});
