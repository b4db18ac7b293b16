import { expect } from 'chai';
import { DebeziumFormat } from '../../src/formats/debezium.ts';
import { openChangeLog } from '../support/change-log.ts';

const origin = { name: 'shop', database: 'db', version: '1.2.3' };

interface Envelope {
  readonly op: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: Readonly<Record<string, unknown>>;
}

/** The output of the format for changes in a database with some tables. */
async function envelopesOf(tables: string, ...statements: readonly string[]): Promise<Envelope[]> {
  await using log = await openChangeLog(undefined, tables);
  for (const statement of statements) await log.run(statement);
  const texts = await log.written(new DebeziumFormat(log.types, origin));
  return texts.map((text) => JSON.parse(text));
}

describe('Format debezium', () => {
  it('contains the old and the new row, the operation and the source', async () => {
    const envelopes = await envelopesOf(
      'CREATE TABLE a (id int PRIMARY KEY, n int)',
      'INSERT INTO a VALUES (1, 1)',
      'UPDATE a SET n = 2',
      'DELETE FROM a',
      'TRUNCATE a',
    );
    expect(envelopes.map(({ op, before, after }) => ({ op, before, after }))).to.deep.equal([
      { op: 'c', before: null, after: { id: 1, n: 1 } },
      { op: 'u', before: null, after: { id: 1, n: 2 } },
      { op: 'd', before: { id: 1, n: null }, after: null },
      { op: 't', before: null, after: null },
    ]);
    const { source } = envelopes[0] as Envelope;
    expect(source).to.include({
      version: '1.2.3',
      connector: 'postgresql',
      name: 'shop',
      db: 'db',
      schema: 'public',
      table: 'a',
    });
    expect(source).to.include({ snapshot: 'false', xmin: null });
    expect(JSON.parse(String(source.sequence))).to.deep.equal([null, String(source.lsn)]);
    expect(Math.abs(Number(source.ts_ms) - Date.now())).to.be.below(600_000);
  });

  it('writes values like Debezium: dates and times as numbers, bytes as Base64, decimals as strings', async () => {
    const [row] = await envelopesOf(
      `CREATE TABLE a (n numeric, i8 int8, f float8, b bytea, d date, bc date, inf date, t time, tt timetz, ts timestamp, tz timestamptz, iv interval, niv interval,
         j jsonb, ia int[], na numeric[], u uuid, bo bool)`,
      `INSERT INTO a VALUES (1.50, 7, 1.5, '\\x00ff', '2000-01-01', '0001-01-01 BC', 'infinity', '00:00:01.5', '10:00+02', '2000-01-01 00:00:00.000001',
         '2000-01-01 02:00+02', '1 year 2 mons -3 days 04:05:06.7', '-00:00:01.5', '{"a": 1}', '{1,NULL}', '{1.50}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', true)`,
    );
    expect(row?.after).to.deep.equal({
      n: '1.50',
      i8: 7,
      f: 1.5,
      b: 'AP8=',
      d: 10_957,
      bc: -719_528,
      inf: 'infinity',
      t: 1_500_000,
      tt: '08:00:00Z',
      ts: 946_684_800_000_001,
      tz: '2000-01-01T00:00:00Z',
      iv: 'P1Y2M-3DT4H5M6.7S',
      niv: 'P0Y0M0DT0H0M-1.5S',
      j: '{"a": 1}',
      ia: [1, null],
      na: ['1.50'],
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      bo: true,
    });
  });

  it('writes dates and times in all years that PostgreSQL has', async () => {
    const [least, most] = await envelopesOf(
      'CREATE TABLE a (d date, ts timestamp)',
      `INSERT INTO a VALUES ('4713-11-24 BC', '4713-11-24 BC'), ('5874897-12-31', '290000-01-01')`,
    );
    expect(least?.after).to.deep.equal({ d: -2_440_222, ts: -210_835_180_800_000_000 });
    expect(most?.after).to.deep.equal({ d: 2_145_042_905, ts: 9_089_348_860_800_000_000 });
  });

  it('writes moments before the year 1 and after the year 9999 as ISO 8601 has them', async () => {
    const envelopes = await envelopesOf(
      'CREATE TABLE a (tz timestamptz)',
      `INSERT INTO a VALUES ('0001-12-31 BC'), ('0044-03-15 10:00:00.5 BC'), ('0999-01-01'), ('12000-01-01'), ('infinity'), ('-infinity')`,
    );
    expect(envelopes.map(({ after }) => after?.tz)).to.deep.equal([
      '0000-12-31T00:00:00Z',
      '-0043-03-15T10:00:00.5Z',
      '0999-01-01T00:00:00Z',
      '+12000-01-01T00:00:00Z',
      'infinity',
      '-infinity',
    ]);
  });

  it('writes infinite intervals as text, from PostgreSQL 17 on', async () => {
    await using log = await openChangeLog(undefined, 'CREATE TABLE a (iv interval)');
    const [server] = await log.run(`SELECT current_setting('server_version_num')::int >= 170000 AS knows`);
    if (!server?.knows) return;
    await log.run(`INSERT INTO a VALUES ('infinity'), ('-infinity'), ('1 day')`);
    const texts = await log.written(new DebeziumFormat(log.types, origin));
    expect(texts.map((text) => JSON.parse(text).after.iv)).to.deep.equal(['infinity', '-infinity', 'P0Y0M1DT0H0M0S']);
  });

  it("keeps the digits of numbers that exceed JavaScript's precision", async () => {
    await using log = await openChangeLog(undefined, 'CREATE TABLE a (i int8)');
    await log.run('INSERT INTO a VALUES (9223372036854775807)');
    const [text] = await log.written(new DebeziumFormat(log.types, origin));
    expect(text).to.contain('"after":{"i":9223372036854775807}');
  });

  it('marks an unchanged TOASTed value', async () => {
    const [update] = await envelopesOf(
      `CREATE TABLE a (id int PRIMARY KEY, n int, t text); ALTER TABLE a ALTER t SET STORAGE EXTERNAL; INSERT INTO a VALUES (1, 1, repeat('x', 3000))`,
      'UPDATE a SET n = 2',
    );
    expect(update?.after).to.deep.equal({ id: 1, n: 2, t: '__debezium_unavailable_value' });
  });
});
