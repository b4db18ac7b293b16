import { startPostgres, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { keptLog } from './support/open-sink.ts';
import { prepareStage, type Stage } from './support/stage.ts';

async function slotOf(stage: Stage): Promise<string> {
  const [row] = await stage.run(`SELECT slot_name FROM pg_replication_slots WHERE database = current_database()`);
  return String(row?.slot_name);
}

/** Whether the cursor of a sink is written. */
async function isWritten(stage: Stage): Promise<boolean> {
  return (await stage.run('SELECT FROM crossbar._proxy_cursor')).length > 0;
}

/** Whether the Proxy has taken each rewind. */
async function isTaken(stage: Stage): Promise<boolean> {
  return (await stage.run('SELECT FROM crossbar._proxy_cursor WHERE rewound')).length === 0;
}

describe('Proxy: control', () => {
  it('pauses and resumes by SQL', async () => {
    await using stage = await prepareStage();
    await using proxy = await stage.start();
    await stage.run(`SELECT crossbar.pause_proxy('proxy')`);
    await waitFor(() => proxy.status().paused, { what: 'the Proxy to pause' });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.run(`SELECT crossbar.resume_proxy('proxy')`);
    await stage.broker.has(1);
    expect(proxy.status().paused).to.equal(false);
  });

  it('sends messages again after a rewind within the kept WAL', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start({ keep: '1GB' });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(1);
    await waitFor(() => isWritten(stage), { what: 'the cursor to be written' });
    await stage.run(`SELECT crossbar.rewind_proxy('proxy', 'broker')`);
    await waitFor(() => stage.broker.messages.length === 2, { what: 'the message to come again' });
    const [first, second] = stage.broker.messages;
    expect(second?.id).to.equal(first?.id);
    const rewound = (position: string) =>
      stage
        .run(`SELECT crossbar.rewind_proxy('proxy', 'broker', ${position})`)
        .then(String, (error: Error) => error.message);
    expect(await rewound(`'0/1'`)).to.match(/position 0\/1 is not kept any more: the slot begins at/);
    expect(await rewound('pg_current_wal_insert_lsn() + 1000')).to.match(
      /is after .*, up to where sink broker has everything: what is between them would be lost/,
    );
    await stage.run(`INSERT INTO orders VALUES (2, 'milk')`);
    await stage.broker.has(2);
  });

  it('sends a rewound sink also what its broker had confirmed of a batch before it went down', async () => {
    await using stage = await prepareStage();
    await using proxy = await stage.start({ keep: '1GB' });
    await stage.run(`INSERT INTO orders VALUES (0)`);
    await stage.broker.has(1);
    await waitFor(() => isWritten(stage), { what: 'the cursor to be written' });
    const never = new Promise(() => undefined);
    stage.broker.judge = ({ key }) => (Number(key) > 5 ? never : undefined);
    await stage.run('INSERT INTO orders SELECT n FROM generate_series(1, 10) AS n');
    await stage.broker.has(6);
    stage.broker.goDown();
    await waitFor(() => proxy.status().sinks.broker?.connected === false, { what: 'the broker to be down' });
    await stage.run(`SELECT crossbar.rewind_proxy('proxy', 'broker')`);
    await waitFor(() => isTaken(stage), { what: 'the Proxy to take the rewind' });
    stage.broker.messages.length = 0;
    stage.broker.judge = () => undefined;
    stage.broker.isDown = false;
    await stage.broker.has(11);
    const keys = stage.broker.messages.map(({ key }) => Number(key));
    expect(keys).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('keeps a rewind that it has taken, although it cannot go on for a while', async () => {
    await using stage = await prepareStage();
    const create = `CREATE FUNCTION routes.route(message jsonb) RETURNS TABLE (key text)
      LANGUAGE sql AS $$ SELECT message #>> '{row,id}' $$`;
    await stage.run(`CREATE SCHEMA routes; GRANT USAGE ON SCHEMA routes TO PUBLIC; ${create}`);
    const routes = [{ from: 'changes', to: 'broker', function: 'routes.route' }];
    const { log, lines } = keptLog();
    await using _proxy = await stage.start({ keep: '1GB', routes }, log);
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(1);
    await waitFor(() => isWritten(stage), { what: 'the cursor to be written' });
    await stage.run(`DROP FUNCTION routes.route(jsonb); SELECT crossbar.rewind_proxy('proxy', 'broker')`);
    const isMissed = () => lines.some(({ msg }) => msg.includes('function routes.route(jsonb) does not exist'));
    await waitFor(async () => isMissed() && (await isTaken(stage)), { what: 'the Proxy to miss the function' });
    await stage.run(create);
    await waitFor(() => stage.broker.messages.length === 2, { what: 'the message to come again' });
  });

  it('runs once for each name, and a standby takes over', async () => {
    await using stage = await prepareStage();
    const first = await stage.start();
    await using second = await stage.start();
    expect(second.status().state).to.equal('standby');
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(1);
    await first.stop();
    await waitFor(() => second.status().state === 'running', { what: 'the second one to take over' });
    await stage.run(`INSERT INTO orders VALUES (2, 'milk')`);
    await stage.broker.has(2);
    expect(stage.broker.messages).to.have.length(2);
  });

  it('stops with an error when its slot is missing, and starts after the gap is accepted', async () => {
    await using stage = await prepareStage();
    const first = await stage.start();
    const slot = await slotOf(stage);
    await first.stop();
    await stage.run(`SELECT pg_drop_replication_slot('${slot}')`);
    const error = await stage.start().catch((thrown: Error) => thrown);
    expect(error).to.include({ code: 'PGWAMP_SLOT_LOST' });
    expect((error as Error).message).to.match(
      /is gone: changes since its last position are lost.*accept_gap\('proxy'\)/,
    );
    await stage.run(`SELECT crossbar.accept_gap('proxy')`);
    await using _second = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await stage.broker.has(1);
  });

  it('stops with an error when PostgreSQL has invalidated its slot, while it runs and at the next start', async () => {
    await using server = await startPostgres({ settings: { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB' } });
    await using stage = await prepareStage(server);
    const { log, lines } = keptLog();
    const proxy = await stage.start({}, log);
    stage.broker.goDown();
    const slot = await slotOf(stage);
    await stage.run(`INSERT INTO orders VALUES (0, 'coffee'); CREATE TABLE unpublished (text text)`);
    // The log grows by what nobody is sent: PostgreSQL ends the process of a slot first, which takes longer while that sends.
    const isLost = async () => {
      await stage.run(`INSERT INTO unpublished SELECT repeat('x', 1000) FROM generate_series(1, 5000)`);
      await stage.run('SELECT pg_switch_wal()');
      await stage.run('CHECKPOINT');
      const [found] = await stage.run(`SELECT wal_status FROM pg_replication_slots WHERE slot_name = '${slot}'`);
      return found?.wal_status === 'lost';
    };
    await waitFor(isLost, { what: 'PostgreSQL to invalidate the slot', deadline: 30_000 });
    const isOver = () => proxy.status().state === 'stopped' && proxy.status().error;
    const error = await waitFor(isOver, { what: 'the Proxy to give up', deadline: 30_000 });
    expect(error).to.include({ code: 'PGWAMP_SLOT_LOST' });
    expect(lines.some(({ level, msg }) => level >= 50 && /was invalidated by PostgreSQL/.test(msg))).to.equal(true);
    await proxy.stop();
    const again = await stage.start().catch((thrown: Error) => thrown);
    expect(again).to.include({ code: 'PGWAMP_SLOT_LOST' });
    stage.broker.isDown = false;
    await stage.run(`SELECT crossbar.accept_gap('proxy')`);
    await using _next = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await waitFor(() => stage.broker.rows().some((row) => (row as { item: string }).item === 'tea'), {
      what: 'the row after the gap',
    });
  });

  it('says that its slot keeps WAL when no source reads the log any more, and how to drop it', async () => {
    await using stage = await prepareStage();
    await (await stage.start()).stop();
    const slot = await slotOf(stage);
    const { log, lines } = keptLog();
    const proxy = await stage.start({ sources: { changes: { kind: 'channel', channels: ['events'] } } }, log);
    const line = lines.find(({ msg }) =>
      msg.startsWith(`slot ${slot} keeps WAL, but no source reads the log any more`),
    );
    const [, remedy = ''] = /drop it: (.*)$/.exec(line?.msg ?? '') ?? [];
    await stage.run(remedy);
    await proxy.stop();
    await using again = await stage.start();
    expect(again.status().state).to.equal('running');
  });

  it('names the missing publication in the error, with the statement that creates it', async () => {
    await using stage = await prepareStage();
    await stage.run('DROP PUBLICATION pgwamp_proxy');
    const error = await stage.start().catch((thrown: Error) => thrown);
    expect(error).to.include({ code: 'PGWAMP_PROXY_PUBLICATION' });
    expect((error as Error).message).to.match(/CREATE PUBLICATION "pgwamp_proxy" FOR TABLE/);
  });

  it('delivers messages in flight before it stops', async () => {
    await using stage = await prepareStage();
    const gate = Promise.withResolvers<void>();
    stage.broker.judge = () => gate.promise;
    const proxy = await stage.start();
    await stage.run(`INSERT INTO orders SELECT n FROM generate_series(1, 10) AS n`);
    await waitFor(() => proxy.status().sinks.broker?.inFlight === 10, { what: 'ten messages on their way' });
    const stopped = proxy.stop();
    gate.resolve();
    await stopped;
    expect(stage.broker.messages).to.have.length(10);
    await using _second = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (11)`);
    await stage.broker.has(11);
    expect(stage.broker.messages).to.have.length(11);
  });
});
