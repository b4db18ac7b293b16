import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { OutgoingMessage } from '../src/sinks/sink.ts';
import { type RecordingBroker, refusal } from './support/recording-sink.ts';
import { prepareStage, type Stage } from './support/stage.ts';

/** A broker that refuses what has "poison" in it. */
function refusePoison({ broker }: Stage): void {
  broker.judge = ({ payload }: OutgoingMessage) => (String(payload).includes('poison') ? refusal() : undefined);
}

async function parked(stage: Stage): Promise<string[]> {
  const rows = await stage.run(
    `SELECT state || ' ' || coalesce(convert_from(payload, 'UTF8')::json->'row'->>'item', '') AS text FROM crossbar.parked_message ORDER BY id`,
  );
  return rows.map(({ text }) => String(text));
}

function items(stage: Stage): unknown[] {
  return stage.broker.rows().map((row) => (row as { item: string }).item);
}

describe('Proxy: order of a key', () => {
  it('is kept when a message is parked: later ones of the key wait, other keys continue', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    await using proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'poison'), (3, 'three');
      UPDATE orders SET item = 'later' WHERE id = 2; UPDATE orders SET item = 'other' WHERE id = 3`);
    await stage.broker.has(3);
    await waitFor(() => proxy.status().sinks.broker?.parked === 2, { what: 'two parked messages' });
    expect(items(stage)).to.deep.equal(['one', 'three', 'other']);
    expect(await parked(stage)).to.deep.equal(['parked poison', 'waiting later']);
    await stage.run(`UPDATE orders SET item = 'last' WHERE id = 2`);
    await waitFor(async () => (await parked(stage)).length === 3, { what: 'a third one that waits' });
    stage.broker.judge = () => undefined;
    await stage.run(`SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(6);
    expect(items(stage).slice(3)).to.deep.equal(['poison', 'later', 'last']);
    await waitFor(async () => (await parked(stage)).length === 0, { what: 'nothing to be parked' });
    await stage.run(`UPDATE orders SET item = 'free' WHERE id = 2`);
    await stage.broker.has(7);
  });

  it('continues without the parked message after it is discarded', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    await using _proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (2, 'poison'); UPDATE orders SET item = 'later' WHERE id = 2`);
    await waitFor(async () => (await parked(stage)).length === 2, { what: 'two parked messages' });
    await stage.run(`SELECT crossbar.discard_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
  });

  it('is not kept with parked_keys "continue"', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { parked_keys: 'continue' }) };
    await using _proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (2, 'poison'); UPDATE orders SET item = 'later' WHERE id = 2`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
    // It is stored meanwhile.
    await waitFor(async () => (await parked(stage)).length === 1, { what: 'a parked message' });
    expect(await parked(stage)).to.deep.equal(['parked poison']);
  });

  it('is kept with on_refused "hold": everything waits until the broker accepts the message', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { on_refused: 'hold' }) };
    await using proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (2, 'poison')`);
    await waitFor(() => (proxy.status().sinks.broker?.refused ?? 0) > 1, { what: 'the message to be refused again' });
    expect(proxy.status().reconnects).to.be.above(0);
    stage.broker.judge = () => undefined;
    await stage.broker.has(2);
    expect(items(stage)).to.deep.equal(['one', 'poison']);
  });

  it('continues with on_refused "discard", which counts the dropped message', async () => {
    await using stage = await prepareStage();
    refusePoison(stage);
    const sinks = { broker: stage.sink(stage.broker, { on_refused: 'discard' }) };
    await using proxy = await stage.start({ sinks });
    await stage.run(`INSERT INTO orders VALUES (1, 'poison'); UPDATE orders SET item = 'later' WHERE id = 1`);
    await stage.broker.has(1);
    expect(items(stage)).to.deep.equal(['later']);
    expect(proxy.status().sinks.broker).to.include({ refused: 1, discarded: 1, parked: 0 });
  });
});

/** What is done to rows whose keys change. The first statement makes a message that is held back; the next ones have to wait for it. */
const keyChanges: Readonly<Record<string, readonly string[]>> = {
  'a change of the new row': [
    `UPDATE orders SET id = 20 WHERE id = 1`,
    `UPDATE orders SET item = 'waits' WHERE id = 20`,
  ],
  'a change of a new row with the old key': [
    `UPDATE orders SET id = 20 WHERE id = 1`,
    `INSERT INTO orders VALUES (1, 'waits')`,
  ],
  'a change of the key to that of a deleted row': [
    `DELETE FROM orders WHERE id = 2`,
    `UPDATE orders SET id = 2, item = 'waits' WHERE id = 1`,
  ],
  'a second change of the key': [
    `UPDATE orders SET id = 20 WHERE id = 1`,
    `UPDATE orders SET id = 30, item = 'waits' WHERE id = 20`,
    `INSERT INTO orders VALUES (20, 'waits'), (30, 'waits') ON CONFLICT DO NOTHING`,
  ],
};

/** The identities of a table with which its old keys are in the log. */
const identities = {
  'its primary key': '',
  'all columns': 'ALTER TABLE orders REPLICA IDENTITY FULL',
  'a unique index':
    'ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE UNIQUE INDEX by_id ON orders (id); ALTER TABLE orders REPLICA IDENTITY USING INDEX by_id',
};

describe('Proxy: order of a row whose key changes', () => {
  for (const [identity, alter] of Object.entries(identities)) {
    for (const [what, [held = '', ...later]] of Object.entries(keyChanges)) {
      it(`is kept by ${what}, in a table identified by ${identity}`, async () => {
        await using stage = await prepareStage();
        await stage.run(`${alter}; INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, 'three')`);
        await using _proxy = await stage.start();
        const release = Promise.withResolvers<void>();
        const sent: string[] = [];
        stage.broker.judge = ({ payload }) => {
          sent.push(String(payload));
          return sent.length === 1 ? release.promise : undefined;
        };
        await stage.run(`${held}; ${later.join(';')}; UPDATE orders SET item = 'other' WHERE id = 3`);
        await stage.broker.has(1);
        expect(stage.broker.texts().join()).to.contain('other');
        expect(sent.join()).not.to.contain('waits');
        release.resolve();
        await waitFor(() => stage.broker.messages.at(-1)?.payload.includes('waits'), { what: 'the other messages' });
      });
    }
  }

  it('is kept when the change of the key is parked: messages of both keys wait', async () => {
    await using stage = await prepareStage();
    await stage.run(`INSERT INTO orders VALUES (1, 'one'), (3, 'three')`);
    refusePoison(stage);
    await using proxy = await stage.start();
    await stage.run(
      `UPDATE orders SET id = 2, item = 'poison' WHERE id = 1; UPDATE orders SET item = 'new' WHERE id = 2;
       INSERT INTO orders VALUES (1, 'old'); UPDATE orders SET id = 4, item = 'moved' WHERE id = 2;
       UPDATE orders SET item = 'last' WHERE id = 4; UPDATE orders SET item = 'other' WHERE id = 3`,
    );
    await stage.broker.has(1);
    await waitFor(() => proxy.status().sinks.broker?.parked === 5, { what: 'five parked messages' });
    expect(items(stage)).to.deep.equal(['other']);
    expect(await parked(stage)).to.deep.equal([
      'parked poison',
      'waiting new',
      'waiting old',
      'waiting moved',
      'waiting last',
    ]);
    stage.broker.judge = () => undefined;
    await stage.run(`SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(6);
    const order = items(stage).slice(1);
    expect(order[0]).to.equal('poison');
    expect(order.filter((item) => item !== 'old')).to.deep.equal(['poison', 'new', 'moved', 'last']);
  });

  it('is kept after a restart of the Proxy, too', async () => {
    await using stage = await prepareStage();
    await stage.run(`INSERT INTO orders VALUES (1, 'one')`);
    refusePoison(stage);
    {
      await using proxy = await stage.start();
      await stage.run(`UPDATE orders SET id = 2, item = 'poison' WHERE id = 1`);
      await waitFor(() => proxy.status().sinks.broker?.parked === 1, { what: 'a parked message' });
    }
    await using _proxy = await stage.start();
    await stage.run(`UPDATE orders SET item = 'new' WHERE id = 2`);
    await waitFor(async () => (await parked(stage)).length === 2, { what: 'a second parked message' });
    expect(await parked(stage)).to.deep.equal(['parked poison', 'waiting new']);
  });
});

/** A table, what changes its row 1 besides the large value, the later key of the row, and the changes that wait. */
const largeRows: Readonly<Record<string, readonly [columns: string, change: string, key: number, waiting: string[]]>> =
  {
    'later changes of the row wait, other rows continue': [
      'id int PRIMARY KEY, item text, content text',
      `item = 'large'`,
      1,
      ['later'],
    ],
    'changes of its new key wait, too': ['id int PRIMARY KEY, item text, content text', 'id = 3', 3, ['later']],
    'the table waits if the key is behind the large value': [
      'content text, item text, id int PRIMARY KEY',
      `item = 'large'`,
      1,
      ['later', 'other'],
    ],
  };

describe('Proxy: order of a row above max_message_size', () => {
  for (const [what, [columns, change, key, waiting]] of Object.entries(largeRows)) {
    it(`is kept: ${what}`, async () => {
      await using stage = await prepareStage();
      await stage.run(`CREATE TABLE files (${columns}); INSERT INTO files (id, item) VALUES (1, 'one'), (2, 'two');
        ALTER PUBLICATION pgwamp_proxy ADD TABLE files`);
      await using proxy = await stage.start({ max_message_size: 100_000 });
      await stage.run(`UPDATE files SET content = repeat('x', 1000000), ${change} WHERE id = 1`);
      await stage.run(`UPDATE files SET content = '', item = 'later' WHERE id = ${key};
        UPDATE files SET item = 'other' WHERE id = 2; INSERT INTO orders VALUES (1, 'tea')`);
      await waitFor(() => proxy.status().sinks.broker?.parked === 1 + waiting.length, { what: 'parked messages' });
      const sent = ['other', 'tea'].filter((item) => !waiting.includes(item));
      await stage.broker.has(sent.length);
      expect(items(stage)).to.deep.equal(sent);
      await stage.run(`SELECT crossbar.discard_parked(min(id)) FROM crossbar.parked_message`);
      await stage.broker.has(3);
      expect(items(stage).slice(sent.length)).to.have.members(waiting);
    });
  }
});

describe('Proxy: order without a key', () => {
  /** Holds the first message back until it is released. */
  function holdFirst({ broker }: Stage): PromiseWithResolvers<void> {
    const release = Promise.withResolvers<void>();
    broker.judge = ({ payload }) => (String(payload).includes('first') ? release.promise : undefined);
    return release;
  }

  it('does not exist: messages of a table whose rows have no identity do not wait for each other', async () => {
    await using stage = await prepareStage();
    await stage.run('CREATE TABLE notes (text text); ALTER PUBLICATION pgwamp_proxy ADD TABLE notes');
    await using _proxy = await stage.start();
    const release = holdFirst(stage);
    await stage.run(`INSERT INTO notes VALUES ('first'), ('second'), ('third')`);
    await stage.broker.has(2);
    release.resolve();
    await stage.broker.has(3);
  });

  it('is that of the table with REPLICA IDENTITY FULL, since any two rows may be the same', async () => {
    await using stage = await prepareStage();
    await stage.run(
      'CREATE TABLE notes (text text); ALTER TABLE notes REPLICA IDENTITY FULL; ALTER PUBLICATION pgwamp_proxy ADD TABLE notes',
    );
    await using proxy = await stage.start();
    const release = holdFirst(stage);
    await stage.run(`INSERT INTO notes VALUES ('first'), ('second'); INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(1);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal(['public.orders.insert']);
    release.resolve();
    await stage.broker.has(3);
    expect(proxy.status().sinks.broker?.confirmed).to.equal(3);
  });
});

describe('Proxy: order of TRUNCATE', () => {
  const changes = [
    'INSERT INTO orders VALUES (1, $$first$$), (2, $$second$$)',
    'TRUNCATE orders',
    'INSERT INTO orders VALUES (1, $$third$$)',
  ];
  const actions = ['insert', 'update', 'delete', 'truncate'] as const;
  const sources = { changes: { kind: 'wal' as const, actions: [...actions] } };

  /** The actions of the messages that were sent, with the items of rows. */
  function recordSent({ broker }: Stage, judge: RecordingBroker['judge']): string[] {
    const sent: string[] = [];
    broker.judge = (message) => {
      const { action, table, row } = JSON.parse(String(message.payload));
      sent.push(`${action} ${row?.item ?? table}`);
      return judge(message);
    };
    return sent;
  }

  const routes = {
    'the order key of rows': {},
    'an order of the route': { order: '{row.item}' },
  };
  for (const [by, order] of Object.entries(routes)) {
    for (const parked_keys of ['wait', 'continue'] as const) {
      it(`is that of its table: nothing overtakes it, with ${by} and parked_keys "${parked_keys}"`, async () => {
        await using stage = await prepareStage();
        const options = stage.options().extra.routes.map((route) => ({ ...route, ...order }));
        const sinks = { broker: stage.sink(stage.broker, { parked_keys }) };
        await using _proxy = await stage.start({ sources, sinks, routes: options });
        const first = Promise.withResolvers<void>();
        const truncation = Promise.withResolvers<void>();
        const sent = recordSent(stage, ({ payload }) => {
          if (String(payload).includes('first')) return first.promise;
          return String(payload).includes('truncate') ? truncation.promise : undefined;
        });
        await stage.run(changes.join(';'));
        await stage.broker.has(1);
        expect(sent).to.deep.equal(['insert first', 'insert second']);
        first.resolve();
        await waitFor(() => sent.length === 3, { what: 'the TRUNCATE' });
        truncation.resolve();
        await stage.broker.has(4);
        expect(sent).to.deep.equal(['insert first', 'insert second', 'truncate orders', 'insert third']);
      });
    }
  }

  it('waits for a parked row of its table, and later rows wait for it, but not those of other tables', async () => {
    await using stage = await prepareStage();
    await stage.run(
      `CREATE TABLE notes (id int PRIMARY KEY, item text); ALTER PUBLICATION pgwamp_proxy ADD TABLE notes;`,
    );
    await using proxy = await stage.start({ sources });
    const sent = recordSent(stage, ({ payload }) => (String(payload).includes('first') ? refusal() : undefined));
    await stage.run(`${changes.join(';')}; INSERT INTO notes VALUES (1, 'other'); TRUNCATE notes`);
    await waitFor(() => proxy.status().sinks.broker?.parked === 3, { what: 'three parked messages' });
    await stage.broker.has(3);
    expect(sent).to.deep.equal(['insert first', 'insert second', 'insert other', 'truncate notes']);
    stage.broker.judge = () => undefined;
    const again = recordSent(stage, () => undefined);
    await stage.run(`SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(6);
    expect(again).to.deep.equal(['insert first', 'truncate orders', 'insert third']);
  });

  it('and the key of a row are right in a table with a line feed in its name', async () => {
    await using stage = await prepareStage();
    await stage.run(
      'CREATE TABLE "two\nlines" (id int PRIMARY KEY, item text); ALTER PUBLICATION pgwamp_proxy ADD TABLE "two\nlines"',
    );
    const routes = stage.options().extra.routes.map((route) => ({ ...route, key: '{key}' }));
    await using proxy = await stage.start({ sources, routes });
    stage.broker.judge = ({ payload }) => (String(payload).includes('poison') ? refusal() : undefined);
    await stage.run(`INSERT INTO "two\nlines" VALUES (7, 'good'), (8, 'poison'); TRUNCATE "two\nlines"`);
    await waitFor(() => proxy.status().sinks.broker?.parked === 2, { what: 'two parked messages' });
    expect(stage.broker.messages.map(({ key }) => key)).to.deep.equal(['7']);
  });

  it('is kept when the TRUNCATE itself is parked, also after a restart of the Proxy', async () => {
    await using stage = await prepareStage();
    stage.broker.judge = ({ payload }) => (String(payload).includes('truncate') ? refusal() : undefined);
    {
      await using proxy = await stage.start({ sources });
      await stage.run(changes.join(';'));
      await waitFor(() => proxy.status().sinks.broker?.parked === 2, { what: 'two parked messages' });
    }
    await using _proxy = await stage.start({ sources });
    await stage.run(`INSERT INTO orders VALUES (5, 'fourth')`);
    await waitFor(async () => (await parked(stage)).length === 3, { what: 'a third parked message' });
    const sent = recordSent(stage, () => undefined);
    await stage.run(`SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message`);
    await stage.broker.has(5);
    expect(sent[0]).to.equal('truncate orders');
    expect(sent.slice(1)).to.have.members(['insert third', 'insert fourth']);
  });
});
