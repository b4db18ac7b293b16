import { startPostgres, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { prepareStage, type Stage } from './support/stage.ts';

/** The received messages, without the parts that differ from run to run. */
function changes({ broker }: Stage): unknown[] {
  return broker.messages.map(({ destination, key, payload }) => {
    const { action, key: identity, row, unchanged } = JSON.parse(String(payload));
    return { destination, key, action, identity, row, ...(unchanged && { unchanged }) };
  });
}

const everything = { sources: { changes: { kind: 'wal' as const, publications: ['everything'] } } };

describe('Proxy: unusual tables', () => {
  it('delivers changes if schema, name and columns contain dots, quotes, spaces and keywords', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE SCHEMA "My ""shop"".v1"; CREATE TABLE "My ""shop"".v1"."order.s" ("select" int PRIMARY KEY, "a.b" text, "it's {x}" text);
       CREATE PUBLICATION everything FOR TABLE "My ""shop"".v1"."order.s"`,
    );
    const routes = [{ from: 'changes', to: 'broker', destination: '{schema}/{table}/{row.a.b}/{row.select}' }];
    await using _proxy = await stage.start({ ...everything, routes });
    await stage.run(`INSERT INTO "My ""shop"".v1"."order.s" VALUES (7, 'tea', 'y')`);
    await stage.broker.has(1);
    const row = { select: 7, 'a.b': 'tea', "it's {x}": 'y' };
    const destination = 'My "shop".v1/order.s/tea/7';
    expect(changes(stage)).to.deep.equal([{ destination, key: '7', action: 'insert', identity: { select: 7 }, row }]);
  });

  it('delivers inserts and truncates of a table with REPLICA IDENTITY NOTHING', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE notes (id int PRIMARY KEY, text text); ALTER TABLE notes REPLICA IDENTITY NOTHING;
       CREATE PUBLICATION everything FOR TABLE notes WITH (publish = 'insert, truncate')`,
    );
    await using _proxy = await stage.start({ ...everything });
    await stage.run(`INSERT INTO notes VALUES (1, 'a'); UPDATE notes SET text = 'b'; TRUNCATE notes`);
    await stage.broker.has(2);
    expect(stage.broker.messages.map(({ destination, orderKey }) => [destination, orderKey])).to.deep.equal([
      ['public.notes.insert', ''],
      ['public.notes.truncate', 'public.notes'],
    ]);
  });

  it('delivers a changed key with the old key, in the order of the old key', async () => {
    await using stage = await prepareStage();
    const routes = [{ from: 'changes', to: 'broker', destination: '{table}', key: '{old.id}' }];
    await using _proxy = await stage.start({ routes: [{ ...routes[0], actions: ['update'] } as never] });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET id = 2 WHERE id = 1`);
    await stage.broker.has(1);
    const [{ row, key }] = changes(stage) as [{ row: { id: number }; key: string }];
    expect([key, row.id]).to.deep.equal(['1', 2]);
    expect(stage.broker.messages[0]?.orderKey).to.equal('public.orders\n1');
  });

  it('delivers changes of a partitioned table under its name with publish_via_partition_root', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE sales (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
       CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
       CREATE TABLE sales_2026 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
       CREATE PUBLICATION everything FOR TABLE sales WITH (publish_via_partition_root = true)`,
    );
    await using _proxy = await stage.start({ ...everything });
    // An UPDATE that moves a row to another partition is a DELETE and an INSERT.
    await stage.run(`INSERT INTO sales VALUES (1, '2025-06-01'); UPDATE sales SET day = '2026-06-01'`);
    await stage.broker.has(3);
    // The key has the day in it, so these are two rows, each in its order.
    const rows = stage.broker.messages.map(({ destination, key }) => [key, destination]);
    expect(rows.filter(([key]) => key === '1|2025-06-01')).to.deep.equal([
      ['1|2025-06-01', 'public.sales.insert'],
      ['1|2025-06-01', 'public.sales.delete'],
    ]);
    expect(rows.filter(([key]) => key === '1|2026-06-01')).to.deep.equal([['1|2026-06-01', 'public.sales.insert']]);
  });

  it('delivers changes of a table that is renamed, gets a column and loses one', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.run('ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases ADD COLUMN price numeric(10, 2)');
    await stage.run(`INSERT INTO purchases VALUES (2, 'milk', NULL, 1.50)`);
    await stage.run('ALTER TABLE purchases DROP COLUMN secret');
    await stage.run(`INSERT INTO purchases VALUES (3, 'salt', 12345678.90)`);
    await stage.broker.has(3);
    const rows = stage.broker.texts().map((text) => /"row":(\{.*\})\}$/.exec(text)?.[1]);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal([
      'public.orders.insert',
      'public.purchases.insert',
      'public.purchases.insert',
    ]);
    expect(rows).to.deep.equal([
      '{"id":1,"item":"tea","secret":null}',
      '{"id":2,"item":"milk","secret":null,"price":1.50}',
      '{"id":3,"item":"salt","price":12345678.90}',
    ]);
  });

  it('that is created with REPLICA IDENTITY FULL while the Proxy runs: with its primary key', async () => {
    await using stage = await prepareStage();
    const sources = { changes: { kind: 'wal', exclude_columns: ['id'] } };
    const routes = [{ from: 'changes', to: 'broker', destination: '{table}/{key}' }];
    await using _proxy = await stage.start({ sources, routes } as never);
    await stage.run(
      `CREATE TABLE late (text text, id int PRIMARY KEY); ALTER TABLE late REPLICA IDENTITY FULL;
       ALTER PUBLICATION pgwamp_proxy ADD TABLE late`,
    );
    await stage.run(`INSERT INTO late VALUES ('a', 1); UPDATE late SET text = 'b'; DELETE FROM late`);
    await stage.broker.has(3);
    const places = stage.broker.messages.map(({ destination, orderKey }) => [destination, orderKey]);
    expect(places).to.deep.equal(Array(3).fill(['late/1', 'public.late\n1']));
  });

  it('delivers changes of a table after it is added to the publication, and none after it is removed', async () => {
    await using stage = await prepareStage();
    await stage.run('CREATE TABLE notes (id int PRIMARY KEY)');
    await using _proxy = await stage.start();
    await stage.run('INSERT INTO orders VALUES (1); INSERT INTO notes VALUES (1)');
    await stage.run('ALTER PUBLICATION pgwamp_proxy ADD TABLE notes');
    await stage.run('INSERT INTO notes VALUES (2)');
    await stage.run('ALTER PUBLICATION pgwamp_proxy DROP TABLE orders');
    await stage.run('INSERT INTO orders VALUES (2); INSERT INTO notes VALUES (3)');
    await stage.broker.has(3);
    expect(stage.broker.messages.map(({ destination, key }) => [destination, key])).to.deep.equal([
      ['public.orders.insert', '1'],
      ['public.notes.insert', '2'],
      ['public.notes.insert', '3'],
    ]);
  });

  it('delivers a message with its own id for each truncated table', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders); ALTER PUBLICATION pgwamp_proxy ADD TABLE lines`,
    );
    await using _proxy = await stage.start();
    await stage.run('TRUNCATE orders RESTART IDENTITY CASCADE');
    await stage.broker.has(2);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.have.members([
      'public.orders.truncate',
      'public.lines.truncate',
    ]);
    expect(new Set(stage.broker.messages.map(({ id }) => id)).size).to.equal(2);
    expect(JSON.parse(stage.broker.texts()[0] ?? '')).to.include({ cascade: true, restart_identity: true });
  });

  it('delivers changes of committed subtransactions only', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start();
    await stage.run(
      `DO $$ BEGIN
         FOR n IN 1..100 LOOP
           BEGIN
             INSERT INTO orders VALUES (n, 'item');
             IF n % 2 = 0 THEN RAISE 'no'; END IF;
           EXCEPTION WHEN raise_exception THEN NULL;
           END;
         END LOOP;
       END $$`,
    );
    await stage.broker.has(50);
    const numbers = stage.broker.rows().map((row) => (row as { id: number }).id);
    expect(numbers).to.deep.equal(Array.from({ length: 50 }, (_, index) => 2 * index + 1));
    const transactions = stage.broker.texts().map((text) => JSON.parse(text).transaction);
    expect(new Set(transactions).size).to.equal(1);
  });
});

/** The received messages as destination and row. */
function placesAndRows({ broker }: Stage): [string, unknown][] {
  return broker.messages.map(({ destination, payload }) => [destination, JSON.parse(String(payload)).row]);
}

describe('Proxy: unusual changes', () => {
  it('delivers changes of partitions under their own names without publish_via_partition_root', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE sales (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
       CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
       CREATE PUBLICATION everything FOR TABLE sales`,
    );
    await using _proxy = await stage.start({ ...everything });
    await stage.run(`INSERT INTO sales VALUES (1, '2025-06-01')`);
    // A partition that is attached later belongs to the publication as well.
    await stage.run(`CREATE TABLE sales_2026 (LIKE sales INCLUDING ALL)`);
    await stage.run(`ALTER TABLE sales ATTACH PARTITION sales_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`);
    await stage.run(`INSERT INTO sales VALUES (2, '2026-06-01')`);
    await stage.run('TRUNCATE sales');
    await stage.broker.has(4);
    const places = stage.broker.messages.map(({ destination }) => destination);
    expect(places.slice(0, 2)).to.deep.equal(['public.sales_2025.insert', 'public.sales_2026.insert']);
    expect(places.slice(2)).to.have.members(['public.sales_2025.truncate', 'public.sales_2026.truncate']);
  });

  it('delivers the key of an index with REPLICA IDENTITY USING INDEX', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE notes (id int PRIMARY KEY, code text NOT NULL, part text NOT NULL, text text); CREATE UNIQUE INDEX by_code ON notes (part, code);
       ALTER TABLE notes REPLICA IDENTITY USING INDEX by_code; CREATE PUBLICATION everything FOR TABLE notes`,
    );
    await using _proxy = await stage.start({ ...everything });
    await stage.run(`INSERT INTO notes VALUES (1, 'c', 'p', 'a'); UPDATE notes SET code = 'd'; DELETE FROM notes`);
    await stage.broker.has(3);
    const keys = stage.broker.messages.map(({ key, orderKey, newOrderKey }) => [key, orderKey, newOrderKey]);
    expect(keys).to.deep.equal([
      ['c|p', 'public.notes\nc\np', undefined],
      ['c|p', 'public.notes\nc\np', 'public.notes\nd\np'],
      ['d|p', 'public.notes\nd\np', undefined],
    ]);
  });

  it('delivers a prepared transaction when it is committed, and none that is rolled back', async () => {
    await using server = await startPostgres({ settings: { max_prepared_transactions: '2' } });
    await using stage = await prepareStage(server);
    await using _proxy = await stage.start();
    await stage.run(`BEGIN; INSERT INTO orders VALUES (1, 'kept'); PREPARE TRANSACTION 'kept'`);
    await stage.run(`BEGIN; INSERT INTO orders VALUES (2, 'gone'); PREPARE TRANSACTION 'gone'`);
    await stage.run(`INSERT INTO orders VALUES (3, 'between')`);
    await stage.broker.has(1);
    await stage.run(`ROLLBACK PREPARED 'gone'`);
    await stage.run(`COMMIT PREPARED 'kept'`);
    await stage.run(`INSERT INTO orders VALUES (4, 'last')`);
    await stage.broker.has(3);
    expect(stage.broker.rows().map((row) => (row as { item: string }).item)).to.deep.equal(['between', 'kept', 'last']);
  });

  it('delivers each row with the columns of its moment if one transaction alters the table', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start();
    await stage.run(
      `BEGIN; INSERT INTO orders VALUES (1, 'tea'); ALTER TABLE orders ADD COLUMN price int DEFAULT 7; INSERT INTO orders VALUES (2, 'milk');
       ALTER TABLE orders ALTER price TYPE numeric(6, 2); UPDATE orders SET item = 'rum' WHERE id = 1; ALTER TABLE orders RENAME item TO name;
       ALTER TABLE orders DROP COLUMN secret; INSERT INTO orders VALUES (3, 'salt', 1.5); COMMIT`,
    );
    await stage.broker.has(4);
    expect(stage.broker.rows()).to.have.deep.members([
      { id: 1, item: 'tea', secret: null },
      { id: 2, item: 'milk', secret: null, price: 7 },
      { id: 1, item: 'rum', secret: null, price: 7 },
      { id: 3, name: 'salt', price: 1.5 },
    ]);
  });

  for (const identity of ['DEFAULT', 'FULL']) {
    it(`delivers rows of a table that was dropped before they were read, with REPLICA IDENTITY ${identity}`, async () => {
      await using stage = await prepareStage();
      await stage.run(
        `CREATE TYPE mood AS ENUM ('good'); CREATE TABLE notes (id int PRIMARY KEY, mood mood, tags text[]); ALTER TABLE notes REPLICA IDENTITY ${identity};
         ALTER PUBLICATION pgwamp_proxy ADD TABLE notes`,
      );
      await (await stage.start()).stop();
      await stage.run(
        `INSERT INTO notes VALUES (1, 'good', '{a,b}'); UPDATE notes SET tags = '{c}'; DELETE FROM notes`,
      );
      await stage.run(`DROP TABLE notes; DROP TYPE mood; INSERT INTO orders VALUES (1, 'tea')`);
      await using _proxy = await stage.start();
      await stage.broker.has(4);
      expect(placesAndRows(stage)).to.have.deep.members([
        ['public.notes.insert', { id: 1, mood: 'good', tags: ['a', 'b'] }],
        ['public.notes.update', { id: 1, mood: 'good', tags: ['c'] }],
        ['public.notes.delete', undefined],
        ['public.orders.insert', { id: 1, item: 'tea', secret: null }],
      ]);
    });
  }

  it('delivers stored generated columns if the publication has them, from PostgreSQL 18 on', async () => {
    await using stage = await prepareStage();
    const [server] = await stage.run(`SELECT current_setting('server_version_num')::int >= 180000 AS knows`);
    await stage.run(
      `CREATE TABLE sums (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED ${server?.knows ? ', thrice int GENERATED ALWAYS AS (id * 3) VIRTUAL' : ''});
       CREATE PUBLICATION everything FOR TABLE sums ${server?.knows ? 'WITH (publish_generated_columns = stored)' : ''}`,
    );
    await using _proxy = await stage.start({ ...everything });
    await stage.run('INSERT INTO sums VALUES (2); UPDATE sums SET id = 3');
    await stage.broker.has(2);
    const expected = server?.knows
      ? [
          { id: 2, twice: 4 },
          { id: 3, twice: 6 },
        ]
      : [{ id: 2 }, { id: 3 }];
    expect(stage.broker.rows()).to.deep.equal(expected);
  });

  it('delivers values in one form, whatever settings the database and the role have', async () => {
    await using stage = await prepareStage();
    const settings = {
      DateStyle: 'German, DMY',
      IntervalStyle: 'sql_standard',
      TimeZone: 'Asia/Kolkata',
      bytea_output: 'escape',
      extra_float_digits: '-15',
      search_path: 'public',
      quote_all_identifiers: 'on',
    };
    const { name } = stage.database;
    for (const [setting, value] of Object.entries(settings)) {
      const to = setting === 'search_path' ? value : `'${value}'`;
      await stage.run(`ALTER DATABASE ${name} SET ${setting} = ${to};
        ALTER ROLE crossbar IN DATABASE ${name} SET ${setting} = ${to}`);
    }
    await stage.run(`CREATE TABLE "values" (id int PRIMARY KEY, day date, at timestamptz, local timestamp, span interval, bytes bytea, real float4,
        number float8, place regclass, days daterange, moments timestamptz[], price money);
      CREATE PUBLICATION everything FOR TABLE "values"`);
    await using _proxy = await stage.start(everything);
    await stage.run(`INSERT INTO "values" VALUES (1, '2026-02-01', '2026-02-01 12:00+00', '2026-02-01 12:00', '1 day 02:03:04', '\\x00ff', 0.1, 0.30000000000000004,
        'public.values', '[2026-02-01,2026-03-01)', '{2026-02-01 12:00+00}', 1.5)`);
    await stage.broker.has(1);
    expect(stage.broker.rows()).to.deep.equal([
      {
        id: 1,
        day: '2026-02-01',
        at: '2026-02-01T12:00:00+00:00',
        local: '2026-02-01T12:00:00',
        span: '1 day 02:03:04',
        bytes: '\\x00ff',
        real: 0.1,
        number: 0.30000000000000004,
        place: 'public."values"',
        days: '[2026-02-01,2026-03-01)',
        moments: ['2026-02-01T12:00:00+00:00'],
        price: '$1.50',
      },
    ]);
  });

  it('delivers values of types that change while it runs: an enum, a domain, a composite type and its arrays', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN age AS int CHECK (VALUE > 0); CREATE TYPE part AS (name text, count int);
      CREATE TABLE things (id int PRIMARY KEY, mood mood, age age, ages age[], part part, parts part[]); CREATE PUBLICATION everything FOR TABLE things`);
    await using _proxy = await stage.start(everything);
    await stage.run(
      `INSERT INTO things VALUES (1, 'ok', 7, '{7,8}', ('a "b", (c)', 1), ARRAY[('x', 1), NULL, ('', NULL)]::part[])`,
    );
    await stage.broker.has(1);
    await stage.run(`ALTER TYPE mood ADD VALUE 'great'; ALTER DOMAIN age DROP CONSTRAINT age_check`);
    await stage.run(`INSERT INTO things VALUES (2, 'great', -7, '{-7}', ('b', 2), '{}')`);
    await stage.broker.has(2);
    await stage.run(
      `ALTER TYPE part RENAME ATTRIBUTE count TO amount; ALTER TYPE part ADD ATTRIBUTE note text; ALTER TABLE things ADD more text`,
    );
    await stage.run(
      `INSERT INTO things VALUES (3, 'great', 1, NULL, ('c', 3, 'n'), ARRAY[('d', 4, 'm')]::part[], 'y')`,
    );
    await stage.broker.has(3);
    const parts = [{ name: 'x', count: 1 }, null, { name: '', count: null }];
    expect(stage.broker.rows()).to.deep.equal([
      { id: 1, mood: 'ok', age: 7, ages: [7, 8], part: { name: 'a "b", (c)', count: 1 }, parts },
      { id: 2, mood: 'great', age: -7, ages: [-7], part: { name: 'b', count: 2 }, parts: [] },
      {
        ...{ id: 3, mood: 'great', age: 1, ages: null, more: 'y' },
        ...{ part: { name: 'c', amount: 3, note: 'n' }, parts: [{ name: 'd', amount: 4, note: 'm' }] },
      },
    ]);
  });

  it('delivers a TRUNCATE CASCADE of several tables, each published one once', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE children (id int PRIMARY KEY REFERENCES parents);
      CREATE TABLE hidden (id int PRIMARY KEY REFERENCES parents); CREATE PUBLICATION everything FOR TABLE parents, children`);
    await using _proxy = await stage.start(everything);
    await stage.run('INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1); INSERT INTO hidden VALUES (1)');
    await stage.run('TRUNCATE parents CASCADE; INSERT INTO parents VALUES (2)');
    await stage.broker.has(5);
    const places = stage.broker.messages.map(({ destination }) => destination);
    expect(places.slice(2, 4)).to.have.members(['public.parents.truncate', 'public.children.truncate']);
    expect(places[4]).to.equal('public.parents.insert');
  });

  it('delivers names of 63 bytes with emoji, and values with every sign of a template', async () => {
    await using stage = await prepareStage();
    const table = `${'🦊'.repeat(15)}.{}`;
    await stage.run(
      `CREATE TABLE "${table}" ("🐻 {row.x}" text PRIMARY KEY); CREATE PUBLICATION everything FOR TABLE "${table}"`,
    );
    const routes = [{ from: 'changes', to: 'broker', destination: '{table}/{key}', headers: { '{table}': '{key}' } }];
    await using _proxy = await stage.start({ ...everything, routes });
    await stage.run(`INSERT INTO "${table}" VALUES ('{id}''"\\ 🐻|/')`);
    await stage.broker.has(1);
    const [message] = stage.broker.messages;
    expect(message?.destination).to.equal(`${table}/{id}'"\\ 🐻|/`);
    expect(stage.broker.rows()).to.deep.equal([{ '🐻 {row.x}': `{id}'"\\ 🐻|/` }]);
  });

  it('delivers 20 MB of bytea whole, and parks a larger row than max_message_size without its content', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE files (id int PRIMARY KEY, content bytea); CREATE PUBLICATION everything FOR TABLE files`,
    );
    await using proxy = await stage.start({ ...everything });
    // In text, a byte is two digits.
    await stage.run(`INSERT INTO files SELECT 1, convert_to(repeat('0123456789', 2000000), 'UTF8')`);
    await stage.run(
      `INSERT INTO files SELECT 2, convert_to(repeat('0123456789', 4000000), 'UTF8'); INSERT INTO files VALUES (3, '')`,
    );
    await stage.broker.has(2, 60_000);
    const [large, empty] = stage.broker.rows() as { id: number; content: string }[];
    expect([large?.id, large?.content.length, large?.content.slice(0, 8)]).to.deep.equal([
      1,
      2 + 40_000_000,
      '\\x303132',
    ]);
    expect(empty).to.deep.equal({ id: 3, content: '\\x' });
    await waitFor(() => proxy.status().sinks.broker?.parked === 1, { what: 'a parked message' });
    const [parked] = await stage.run('SELECT error, length(payload) AS bytes FROM crossbar.parked_message');
    expect(parked?.error).to.match(/^the row has 8\d{7} bytes/);
    expect(parked?.bytes).to.equal(0);
  }).timeout(120_000);
});

describe('Proxy: routes', () => {
  it('park a message without a value for a template, with its payload, and send others', async () => {
    await using stage = await prepareStage();
    const routes = [{ from: 'changes', to: 'broker', destination: 'items.{row.item}' }];
    await using _proxy = await stage.start({ routes });
    await stage.run(`INSERT INTO orders VALUES (1, NULL), (2, 'milk')`);
    await stage.broker.has(1);
    expect(stage.broker.messages[0]?.destination).to.equal('items.milk');
    const kept = () =>
      stage.run(`SELECT error, convert_from(payload, 'UTF8')::json->'row'->>'id' AS id FROM crossbar.parked_message`);
    const [parked] = await waitFor(async () => ((await kept()).length > 0 ? kept() : undefined), {
      what: 'the message to be parked',
    });
    expect(parked?.id).to.equal('1');
    expect(parked?.error).to.match(/no value for \{row\.item\}: it is NULL/);
  });

  it('may share a sink, which receives the message of each route once', async () => {
    await using stage = await prepareStage();
    const routes = ['first', 'second'].map((destination) => ({ from: 'changes', to: 'broker', destination }));
    await using proxy = await stage.start({ routes });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(2);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal(['first', 'second']);
    expect(new Set(stage.broker.messages.map(({ id }) => id)).size).to.equal(2);
    expect(proxy.status().sinks.broker?.parked).to.equal(0);
  });

  it('accept an empty notification, and one with a key only', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start({
      sources: { notes: { kind: 'channel', channels: ['notes'], framing: 'key' } },
      routes: [{ from: 'notes', to: 'broker' }],
    });
    await stage.run(`NOTIFY notes; NOTIFY notes, 'key|'; NOTIFY notes, '|text'`);
    await stage.broker.has(3);
    expect(stage.broker.messages.map(({ key, payload }) => [key, payload])).to.deep.equal([
      ['', ''],
      ['key', ''],
      ['', 'text'],
    ]);
  });
});
