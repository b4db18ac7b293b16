import { waitFor } from '@pgwamp/harness';
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
      ['public.notes.insert', 'public.notes'],
      ['public.notes.truncate', ''],
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
