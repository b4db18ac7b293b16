import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import type { Client } from '../../src/context.ts';
import { openStage } from '../support/gateway.ts';
import { logStage } from '../support/log-stage.ts';
import { openV1 } from '../support/socket.ts';

const nobody: Client = { claims: {}, role: undefined, expires: undefined };
const all = { rows: 'all' } as const;

/** One transaction, so that no check of the catalog comes in between. */
const anew = 'DROP PUBLICATION pgwamp_gateway; CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES';

/** The payload without the time of the commit. */
function timeless({ at, ...rest }: Record<string, unknown>): object {
  expect(at).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  return rest;
}

describe('Gateway: table channels', () => {
  it('send changes of rows, with their places in the WAL', async () => {
    await using stage = await logStage('CREATE TABLE people (id int PRIMARY KEY, name text)');
    const { tables, told } = await stage.open({ 'public.people': all });
    const channel = tables.share('table:public.people', nobody);
    const { since } = await tables.listen(channel);
    await stage.sql.query(`INSERT INTO people VALUES (1, 'Ä "x"'), (2, NULL)`);
    await stage.sql.query(`UPDATE people SET name = 'two' WHERE id = 2`);
    await stage.sql.query(`UPDATE people SET id = 3 WHERE id = 2`);
    await stage.sql.query(`DELETE FROM people WHERE id = 1`);
    await stage.sql.query(`TRUNCATE people`);
    const head = { schema: 'public', table: 'people' };
    expect((await told.payloads(channel, 6)).map(timeless)).to.deep.equal([
      { op: 'insert', ...head, key: { id: 1 }, row: { id: 1, name: 'Ä "x"' } },
      { op: 'insert', ...head, key: { id: 2 }, row: { id: 2, name: null } },
      { op: 'update', ...head, key: { id: 2 }, row: { id: 2, name: 'two' } },
      { op: 'update', ...head, key: { id: 3 }, old_key: { id: 2 }, row: { id: 3, name: 'two' } },
      { op: 'delete', ...head, key: { id: 1 } },
      { op: 'truncate', ...head },
    ]);
    const messages = told.messages(channel);
    expect(new Set(messages.map(({ id }) => id)).size).to.equal(6);
    for (const { id, position } of messages) {
      expect(id).to.match(/^[\dA-F]+\/[\dA-F]+\/\d+$/);
      expect(position !== undefined && since !== undefined && position > since).to.equal(true);
    }
  });

  it('send numbers with every digit, and other types like to_jsonb', async () => {
    const table = `CREATE DOMAIN price AS numeric; CREATE DOMAIN prices AS numeric[]; CREATE DOMAIN names AS text[]; CREATE TYPE mood AS ENUM ('good "one"');
      CREATE TABLE kinds (id bigint PRIMARY KEY, n numeric, p price, f float8, nan float8, b boolean, bytes bytea, j json, jb jsonb,
        ts timestamp, tz timestamptz, d date, i interval, u uuid, m mood, ints bigint[], nested text[], bools boolean[], jsons jsonb[],
        times timestamptz[], shifted int[], empty int[], ps prices, ns names, moods mood[])`;
    await using stage = await logStage(table);
    const { tables, told } = await stage.open({ 'public.kinds': all });
    await tables.listen('table:public.kinds');
    await stage.sql.query(`INSERT INTO kinds VALUES (9223372036854775807, 12345678901234567890.12345678901234567890, 1.10, 0.1, 'NaN', true, '\\x00ff',
      '{"a": 1.10,
        "a": 2}', '{"b": 1e3}', '2000-01-02 03:04:05.006', '2000-01-02 03:04:05+05', '2000-01-02', '1 day 02:03:04', '00000000-0000-0000-0000-000000000001',
      'good "one"', '{1,NULL,9223372036854775807}', '{{a,"b\\"c,}"},{"NULL",NULL}}', '{t,f}', ARRAY['{"x": "y"}'::jsonb], ARRAY['2000-01-01 00:00+00'::timestamptz],
      '[2:3]={7,8}', '{}', '{1.10,NULL}', '{a,"b c"}', '{"good \\"one\\""}')`);
    await waitFor(() => told.messages('table:public.kinds').length === 1, { what: 'the row' });
    const payload = String(told.messages('table:public.kinds')[0]?.payload);
    expect(payload).to.contain('"id":9223372036854775807,"n":12345678901234567890.12345678901234567890,"p":1.10,');
    expect(payload).to.contain('"ints":[1,null,9223372036854775807]');
    const { rows } = await stage.sql
      .query(`SET timezone = 'UTC'; SELECT to_jsonb(kinds) AS row FROM kinds`)
      .then((results) => (results as unknown as { rows: { row: Record<string, unknown> }[] }[])[1] ?? { rows: [] });
    const { moods, ...own } = (JSON.parse(payload) as { row: Record<string, unknown> }).row;
    const { moods: _, ...theirs } = rows[0]?.row ?? {};
    expect(own).to.deep.equal(theirs);
    expect(moods).to.equal('{"good \\"one\\""}');
  });

  it('mark unchanged TOASTed values, and list generated columns', async () => {
    await using stage =
      await logStage(`CREATE TABLE files (id int PRIMARY KEY, content text, name text, size int GENERATED ALWAYS AS (length(content)) STORED);
      ALTER TABLE files ALTER content SET STORAGE EXTERNAL; INSERT INTO files VALUES (1, repeat('x', 10000), 'a')`);
    const { tables, told } = await stage.open({ 'public.files': all });
    await tables.listen('table:public.files');
    await stage.sql.query(`UPDATE files SET name = 'b'`);
    await stage.sql.query(`ALTER TABLE files REPLICA IDENTITY FULL`);
    await stage.sql.query(`UPDATE files SET name = 'c'`);
    const [first, second] = await told.payloads('table:public.files', 2);
    // As of PostgreSQL 18 they may be published.
    const [computed, marks] = first?.generated === undefined ? [{ size: 10_000 }, {}] : [{}, { generated: ['size'] }];
    const { row, ...rest } = first ?? {};
    expect(row).to.deep.equal({ id: 1, name: 'b', ...computed });
    expect(rest).to.deep.include({ key: { id: 1 }, unchanged: ['content'], ...marks });
    expect(second?.row).to.deep.equal({ id: 1, content: 'x'.repeat(10_000), name: 'c', ...computed });
    expect(second).not.to.have.property('unchanged');
  });

  it('refuse a table for which PostgreSQL would refuse writes', async () => {
    await using stage =
      await logStage(`CREATE TABLE files (id int PRIMARY KEY, size int GENERATED ALWAYS AS (id) STORED);
      ALTER TABLE files REPLICA IDENTITY FULL; DROP PUBLICATION pgwamp_gateway; CREATE PUBLICATION pgwamp_gateway`);
    const { tables } = await stage.open({ 'public.files': all });
    const { message } = await rejection(tables.listen('table:public.files'));
    const { rows } = await stage.sql.query(`SELECT current_setting('server_version_num')::int >= 180000 AS refuses`);
    expect(message).to.contain(rows[0].refuses ? 'publish_generated_columns = stored' : 'ADD TABLE public.files');
  });

  it('send each client the rows with its claim, including rows that get or lose it', async () => {
    await using stage = await logStage(
      `CREATE TABLE orders (tenant bigint, id int, note text, PRIMARY KEY (tenant, id)); ALTER TABLE orders REPLICA IDENTITY DEFAULT`,
    );
    const rule = { rows: 'filter', column: 'tenant', claim: 'tenant' } as const;
    const { tables, told } = await stage.open({ 'public.orders': rule });
    const [one, two] = [1, '2'].map((tenant) => tables.share('table:public.orders', { ...nobody, claims: { tenant } }));
    if (!one || !two) throw new Error('no share');
    await tables.listen(one);
    await tables.listen(two);
    await stage.sql.query(`INSERT INTO orders VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c')`);
    await stage.sql.query(`UPDATE orders SET note = 'd' WHERE tenant = 1`);
    await stage.sql.query(`UPDATE orders SET tenant = 2, id = 7 WHERE tenant = 1`);
    await stage.sql.query(`DELETE FROM orders; TRUNCATE orders`);
    const brief = (payloads: Record<string, unknown>[]) => payloads.map(({ op, key }) => [op, key]);
    expect(brief(await told.payloads(one, 4))).to.deep.equal([
      ['insert', { tenant: 1, id: 1 }],
      ['update', { tenant: 1, id: 1 }],
      ['delete', { tenant: 1, id: 1 }],
      ['truncate', undefined],
    ]);
    expect(brief(await told.payloads(two, 5))).to.deep.equal([
      ['insert', { tenant: 2, id: 1 }],
      ['insert', { tenant: 2, id: 7 }],
      ['delete', { tenant: 2, id: 1 }],
      ['delete', { tenant: 2, id: 7 }],
      ['truncate', undefined],
    ]);
  });

  it('refuse claims that could match those of others', async () => {
    await using stage = await logStage('CREATE TABLE orders (tenant bigint PRIMARY KEY)');
    const { tables } = stage.create({ 'public.orders': { rows: 'filter', column: 'tenant', claim: 'tenant' } });
    for (const tenant of ['null', '9007199254740993', '1.5', '["1"]', '{"a": 1}']) {
      const claims = JSON.parse(`{"tenant": ${tenant}}`);
      expect(() => tables.share('table:public.orders', { ...nobody, claims })).to.throw(/claim "tenant"/);
    }
  });

  it('refuse tables that cannot be sent correctly, and name the remedy', async () => {
    await using stage =
      await logStage(`CREATE TABLE keyless (a int); CREATE TABLE orders (id int PRIMARY KEY, tenant int);
      CREATE VIEW shown AS SELECT 1 AS a`);
    const filter = { rows: 'filter', column: 'tenant', claim: 'tenant' } as const;
    const { tables } = await stage.open({
      'public.keyless': all,
      'public.orders': filter,
      'public.gone': all,
      'public.shown': all,
      nothing: all,
    });
    const tenant = { ...nobody, claims: { tenant: 1 } };
    const refusal = async (name: string) =>
      (await rejection(tables.listen(tables.share(`table:${name}`, tenant)))).message;
    expect(await refusal('public.keyless')).to.match(/ALTER TABLE public.keyless REPLICA IDENTITY FULL/);
    expect(await refusal('public.orders')).to.match(
      /"tenant" is missing in the log .* ALTER TABLE public.orders REPLICA/,
    );
    expect(await refusal('public.gone')).to.match(/no such table/);
    expect(await refusal('public.shown')).to.match(/no such table/);
    expect(await refusal('nothing')).to.match(/expected a schema and a table/);
    expect(() => tables.share('table:public.secret', nobody)).to.throw(/does not offer this table/);
  });

  it('are added to the publication if the role owns the table, and are refused with the statement otherwise', async () => {
    await using stage =
      await logStage(`DROP PUBLICATION pgwamp_gateway; CREATE TABLE own (id int PRIMARY KEY); ALTER TABLE own OWNER TO crossbar;
      CREATE TABLE "Foreign" (id int PRIMARY KEY); GRANT ALL ON SCHEMA public TO crossbar`);
    await stage.sql.query(`GRANT CREATE ON DATABASE ${stage.database.name} TO crossbar`);
    const { tables, told } = await stage.open({ 'public.own': all, 'public.Foreign': all });
    await using writer = await stage.database.connect();
    await writer.query('BEGIN; INSERT INTO own VALUES (1)');
    const listening = tables.listen('table:public.own');
    await stage.sql.query('INSERT INTO own VALUES (2)');
    await writer.query('COMMIT');
    await listening;
    await stage.sql.query('INSERT INTO own VALUES (3)');
    const payloads = await told.payloads('table:public.own', 1);
    expect(payloads.at(-1)?.key).to.deep.equal({ id: 3 });
    const refusal = await rejection(tables.listen('table:public.Foreign'));
    expect(refusal.message).to.contain('run: ALTER PUBLICATION "pgwamp_gateway" ADD TABLE public."Foreign"');
  });

  it('name the statement if the gateway may not create its publication', async () => {
    await using stage = await logStage('DROP PUBLICATION pgwamp_gateway');
    const refusal = await rejection(stage.create().log.open(AbortSignal.timeout(30_000)));
    expect(refusal).to.have.property('code', 'PGWAMP_GATEWAY_PUBLICATION');
    expect(refusal.message).to.contain('run: CREATE PUBLICATION "pgwamp_gateway"');
  });

  for (const [what, statement, reason] of [
    ['dropped', 'DROP TABLE people', /was dropped/],
    ['renamed', 'ALTER TABLE people RENAME TO persons', /was renamed to public.persons/],
    ['given another identity', 'ALTER TABLE people REPLICA IDENTITY FULL', /replica identity/],
    [
      'published with its insertions only',
      `ALTER PUBLICATION pgwamp_gateway SET (publish = 'insert')`,
      /omits operations/,
    ],
    ['published anew', anew, /the publication of the table was changed/],
  ] as const) {
    it(`end when the table is ${what}`, async () => {
      await using stage = await logStage('CREATE TABLE people (id int PRIMARY KEY)');
      const { tables, told } = await stage.open({ 'public.people': all });
      await tables.listen('table:public.people');
      await stage.sql.query(statement);
      await waitFor(() => told.reasons('table:public.people').length > 0, { what: 'the end of the channel' });
      expect(told.reasons('table:public.people')[0]).to.match(reason);
    });
  }

  it('end or have a gap when the publication is dropped, and can then be listened to again', async () => {
    await using stage = await logStage(
      `CREATE TABLE people (id int PRIMARY KEY); ALTER TABLE people OWNER TO crossbar; GRANT ALL ON SCHEMA public TO crossbar`,
    );
    const channel = 'table:public.people';
    await using gateway = await openStage({
      database: crossbarLogin(stage.database) as never,
      tables: { 'public.people': 'all' },
    });
    await stage.sql.query(`GRANT CREATE ON DATABASE ${stage.database.name} TO crossbar`);
    await using socket = await openV1(gateway.url(`/listen/${channel}`));
    await socket.message(({ type }) => type === 'listening');
    await stage.sql.query('DROP PUBLICATION pgwamp_gateway; INSERT INTO people VALUES (1)');
    await socket.message(({ type }) => type === 'gap' || type === 'unsubscribed');
    await waitFor(
      async () => {
        await using again = await openV1(gateway.url(`/listen/${channel}`));
        await again.message(({ type }) => type === 'listening');
        await stage.sql.query('INSERT INTO people SELECT max(id) + 1 FROM people');
        // The channel that was open before ends within a second.
        await again.message(({ type }) => type === 'message' || type === 'unsubscribed');
        return again.messages.some(({ type }) => type === 'message');
      },
      { what: 'changes to arrive again' },
    );
  });

  it('are refused if the publication omits operations or rows', async () => {
    await using stage = await logStage('CREATE TABLE people (id int PRIMARY KEY)');
    const { tables } = await stage.open({ 'public.people': all });
    const { rows } = await stage.sql.query(`SELECT current_setting('server_version_num')::int >= 150000 AS filters`);
    const publications = [
      [
        `FOR ALL TABLES WITH (publish = 'insert, delete')`,
        'omits operations; run: ALTER PUBLICATION pgwamp_gateway SET',
      ],
      ...(rows[0].filters ? [['FOR TABLE people WHERE (id > 7)', 'omits rows; add the table without WHERE']] : []),
    ];
    for (const [definition, reason] of publications) {
      await stage.sql.query(`DROP PUBLICATION pgwamp_gateway; CREATE PUBLICATION pgwamp_gateway ${definition}`);
      const refusal = await rejection(tables.listen('table:public.people'));
      expect(refusal).to.have.property('code', 'PGWAMP_CHANNEL_REFUSED');
      expect(refusal.message).to.contain(reason);
    }
  });

  it('are refused for a partition whose changes are published as those of its partitioned table', async () => {
    await using stage = await logStage(
      `DROP PUBLICATION pgwamp_gateway; CREATE TABLE days (day int PRIMARY KEY) PARTITION BY RANGE (day);
       CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10);
       CREATE PUBLICATION pgwamp_gateway FOR TABLE days WITH (publish_via_partition_root);
       ALTER PUBLICATION pgwamp_gateway OWNER TO crossbar; ALTER TABLE days_1 OWNER TO crossbar`,
    );
    const { tables } = await stage.open({ 'public.days_1': all });
    const refusal = await rejection(tables.listen('table:public.days_1'));
    expect(refusal.message).to.contain('has the changes of public.days_1 as those of its partitioned table');
  });

  for (const name of ['Upper', 'a.b', 'it"s', `it's`, 'Ä b', 'select']) {
    it(`exist for tables with any name: ${name}`, async () => {
      const sql = `"${name.replaceAll('"', '""')}"`;
      await using stage = await logStage(`CREATE SCHEMA "Own ""s"; CREATE TABLE "Own ""s".${sql} (id int PRIMARY KEY)`);
      const { tables, told } = await stage.open({ [`Own "s.${name}`]: all });
      const channel = `table:Own "s.${name}`;
      await tables.listen(tables.share(channel, nobody));
      await stage.sql.query(`INSERT INTO "Own ""s".${sql} VALUES (1)`);
      const [payload] = await told.payloads(channel, 1);
      expect(payload).to.deep.include({ schema: 'Own "s', table: name, row: { id: 1 } });
    });
  }

  it('continue when columns are added or dropped', async () => {
    await using stage = await logStage('CREATE TABLE people (id int PRIMARY KEY, a int)');
    const { tables, told } = await stage.open({ 'public.people': all });
    await tables.listen('table:public.people');
    await stage.sql.query(`INSERT INTO people VALUES (1, 1)`);
    await stage.sql.query(`ALTER TABLE people DROP a, ADD b text DEFAULT 'x'; INSERT INTO people VALUES (2)`);
    const payloads = await told.payloads('table:public.people', 2);
    expect(payloads.map(({ row }) => row)).to.deep.equal([
      { id: 1, a: 1 },
      { id: 2, b: 'x' },
    ]);
  });

  it('send rows of partitions as rows of the partitioned table', async () => {
    await using stage =
      await logStage(`DROP PUBLICATION pgwamp_gateway; CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES WITH (publish_via_partition_root);
      CREATE TABLE days (day int PRIMARY KEY) PARTITION BY RANGE (day); CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10)`);
    const { tables, told } = await stage.open({ 'public.days': all });
    await tables.listen('table:public.days');
    await stage.sql.query('INSERT INTO days VALUES (1); INSERT INTO days_1 VALUES (2)');
    const payloads = await told.payloads('table:public.days', 2);
    expect(payloads.map(({ table, key }) => [table, key])).to.deep.equal([
      ['days', { day: 1 }],
      ['days', { day: 2 }],
    ]);
  });

  it('send a gap if a row is too large', async () => {
    await using stage = await logStage('CREATE TABLE files (id int PRIMARY KEY, content text)');
    const { tables, told } = await stage.open({ 'public.files': all }, { limit: 10_000 });
    await tables.listen('table:public.files');
    await stage.sql.query(`INSERT INTO files VALUES (1, repeat('x', 1000000)), (2, 'small')`);
    await told.payloads('table:public.files', 1);
    expect(told.reasons('table:public.files')).to.deep.equal(['a row is larger than the limit (insert)', 'over']);
  });
});
