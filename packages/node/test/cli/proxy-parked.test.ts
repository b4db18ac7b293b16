import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { pgwamp } from '../support/command.ts';

/** A database with three parked messages, and the command run on it as an operator does. */
async function prepare() {
  await using resources = new AsyncDisposableStack();
  const database = resources.use(await createSetUpDatabase());
  const sql = resources.use(await database.connect());
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO crossbar.parked_message
       (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
     SELECT 'proxy', sink, 'changes', '0/1/' || number, 'orders', 'k', '', 'text/plain', '{"tenant": "a"}', 'hello', 'too large', 'parked'
     FROM unnest(ARRAY['rabbit', 'rabbit', 'redis']) WITH ORDINALITY AS parked (sink, number) RETURNING id::text`,
  );
  const { host, port } = database.config;
  const url = `postgres://crossbar:crossbar@${host}:${port}/${database.name}`;
  const owned = resources.move();
  return {
    ids: rows.map(({ id }) => id),
    parked: (...args: string[]) => pgwamp(['proxy', 'parked', ...args, '--database', url]),
    states: async () => {
      const found = await sql.query<{ state: string }>('SELECT state FROM crossbar.parked_message ORDER BY id');
      return found.rows.map(({ state }) => state);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe('pgwamp proxy parked', function () {
  this.timeout(120_000);

  it('lists messages, also of one sink, as text and as JSON', async () => {
    await using stage = await prepare();
    const { code, stdout } = await stage.parked('list');
    expect(code).to.equal(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).to.have.length(3);
    expect(lines[2]).to.match(new RegExp(`^${stage.ids[2]} {2}\\S+ \\S+ {2}parked {6}redis → orders {2}too large$`));
    const { stdout: json } = await stage.parked('list', '--sink', 'rabbit', '--json');
    expect(JSON.parse(json)).to.have.length(2);
    expect((await stage.parked('list', '--proxy', 'other')).stdout).to.equal('nothing is parked\n');
  });

  it('shows a complete message, with its payload at the end', async () => {
    await using stage = await prepare();
    const [id = ''] = stage.ids;
    const { code, stdout } = await stage.parked('show', id);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^destination\s+orders$/m);
    expect(stdout).to.match(/^headers\s+\{"tenant":"a"\}$/m);
    expect(stdout.endsWith('\n\nhello\n')).to.equal(true);
    const { stdout: json } = await stage.parked('show', id, '--json');
    expect(JSON.parse(json)).to.include({ id, error: 'too large', payload: Buffer.from('hello').toString('base64') });
  });

  it('retries and discards messages', async () => {
    await using stage = await prepare();
    const [first = '', second = ''] = stage.ids;
    expect(await stage.parked('retry', first)).to.include({ code: 0, stdout: '1 message to be sent again\n' });
    expect(await stage.parked('discard', second)).to.include({ code: 0, stdout: '1 message discarded\n' });
    expect(await stage.states()).to.deep.equal(['retrying', 'parked']);
    const { stdout } = await stage.parked('retry', '--all', '--sink', 'redis', '--json');
    expect(JSON.parse(stdout)).to.deep.equal({ count: 1 });
    expect(await stage.states()).to.deep.equal(['retrying', 'retrying']);
  });

  it('reports messages that are not parked, and wrong arguments', async () => {
    await using stage = await prepare();
    const [id = ''] = stage.ids;
    const some = await stage.parked('discard', id, '999999');
    expect(some).to.include({ code: 1, stdout: '1 message discarded\n' });
    expect(some.stderr).to.contain('1 of 2 are not parked');
    const missing = await stage.parked('show', '999999');
    expect(missing.code).to.equal(1);
    expect(missing.stderr).to.contain('parked message 999999 does not exist');
    const none = await stage.parked('retry');
    expect(none.code).to.equal(2);
    expect(none.stderr).to.contain('expected the ids of messages, or --all');
    const wrong = await stage.parked('retry', 'seven');
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('expected the number of a parked message, found "seven"');
    expect(await stage.states()).to.deep.equal(['parked', 'parked']);
  });
});
