import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WampError } from '@pgwamp/core';
import type { InvocationDetails } from '@pgwamp/core/internal/wamp';
import { type Connection, waitFor } from '@pgwamp/harness';
import { startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { type Block, document, documents } from './support/documents.ts';

/** Roles belong to the whole server, so each that the blocks create gets a name of its own. */
function rolesOf(blocks: readonly Block[]): ReadonlyMap<string, string> {
  const names = blocks.flatMap(({ code }) => [...code.matchAll(/^CREATE ROLE (\w+)/gm)].map(([, name = '']) => name));
  return new Map(names.map((name) => [name, `${name}_${randomBytes(6).toString('hex')}`]));
}

async function dropRoles(connection: Connection, names: Iterable<string>): Promise<void> {
  await connection.query('ROLLBACK; RESET ROLE');
  for (const name of names) {
    const created = await connection.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    if (created.rowCount === 1) await connection.query(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
  }
}

/** Runs blocks one after the other, and drops the roles that they create. */
async function runAll(connection: Connection, blocks: readonly Block[]): Promise<void> {
  const roles = rolesOf(blocks);
  try {
    for (const { place, code } of blocks) {
      await connection.query(code.replaceAll(/\w+/g, (word) => roles.get(word) ?? word)).catch((error: Error) => {
        throw new Error(`${place}: ${error.message}`, { cause: error });
      });
    }
  } finally {
    await dropRoles(connection, roles.values());
  }
}

/** A procedure with progressive results: the numbers from 1 to its argument. */
async function count([last]: readonly unknown[], _kwargs: unknown, { progress, signal }: InvocationDetails) {
  for (let number = 1; number <= Number(last) && !signal.aborted; number += 1) {
    await progress?.([number]);
    // The thread is shared with all that takes the numbers.
    if (number % 100 === 0) await nextTurn();
  }
}

describe('SQL of the documents', () => {
  // They tell stories of their own: see readme.test.ts and tutorial.test.ts.
  const stories = ['README.md', 'docs/tutorial.md'];
  const pages = documents()
    .map(({ path, blocks }) => ({
      path,
      blocks: blocks.filter((block) => block.language === 'sql' && !block.fragment),
    }))
    .filter(({ path, blocks }) => blocks.length > 0 && !stories.includes(path));

  for (const { path, blocks } of pages) {
    it(`runs from the first block of ${path} to the last`, async () => {
      await using database = await prepareDatabase();
      await using router = createRouter({ realms: ['realm1', 'realm2'] });
      const extra = { database: database.options };
      await using former = await startPublisher({ realm: 'realm2', transport: { type: 'memory', router }, extra });
      await former.stop();
      await using publisher = await startPublisher({ realm: 'realm1', transport: { type: 'memory', router }, extra });
      await using _caller = await startCaller({ realm: 'realm1', transport: { type: 'memory', router }, extra });
      await using callee = await join(router);
      await callee.register('com.example.add2', ([a, b]) => Number(a) + Number(b));
      await callee.register('com.example.count', count);
      await using superuser = await database.connect();
      await runAll(superuser, blocks);
      expect(publisher.status()).to.include({ state: 'running', refused: 0, reconnects: 0 });
    });
  }

  it('handles both outcomes of a call with the handler of docs/caller.md', async () => {
    await using database = await prepareDatabase();
    await using router = createRouter({ realms: ['realm1'] });
    const extra = { database: database.options };
    await using _caller = await startCaller({ realm: 'realm1', transport: { type: 'memory', router }, extra });
    await using callee = await join(router);
    await callee.register('com.example.label', ([id, address]) => {
      if (address === 'nowhere') throw new WampError('com.example.error.no_address');
      return { label: `${id}: ${address}` };
    });
    await using superuser = await database.connect();
    await using roles = await createRoles(superuser, 1);
    const [shop] = roles.names;
    await superuser.query(`GRANT CREATE ON SCHEMA public TO ${shop}; GRANT ${shop} TO crossbar;
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO ${shop}; SELECT crossbar.grant_call('${shop}', 'com.example.label'); GRANT SELECT ON crossbar.calls TO ${shop}; SET ROLE ${shop}`);
    const blocks = document('docs/caller.md').blocks.filter(({ heading }) => heading === 'Asynchronous calls');
    const [begin, ...handler] = blocks;
    await runAll(superuser, [begin ?? expect.fail('docs/caller.md has no asynchronous calls')]);
    await superuser.query(`SET ROLE ${shop}; INSERT INTO parcel (address) VALUES ('nowhere')`);
    await runAll(superuser, handler);
    const labels = 'SELECT coalesce(label, problem) AS text FROM parcel ORDER BY id';
    const texts = await waitFor(
      async () => {
        const { rows } = await superuser.query<{ text: string | null }>(labels);
        return rows.every(({ text }) => text !== null) && rows.map(({ text }) => text);
      },
      { what: 'the outcomes' },
    );
    expect(texts).to.deep.equal(['1: 1 Main Street', 'com.example.error.no_address']);
  });

  it('is found', () => expect(pages.map(({ path }) => path)).to.include.members(['docs/sql.md', 'docs/operations.md']));

  it('removes a realm with its slot, as in docs/operations.md', async () => {
    await using database = await prepareDatabase();
    await using router = createRouter({ realms: ['realm2'] });
    const extra = { database: database.options };
    await using publisher = await startPublisher({ realm: 'realm2', transport: { type: 'memory', router }, extra });
    await publisher.stop();
    await using superuser = await database.connect();
    const remains = `SELECT FROM crossbar.realm UNION ALL
      SELECT FROM pg_replication_slots WHERE database = current_database()`;
    expect((await superuser.query(remains)).rowCount).to.equal(2);
    const page = pages.find(({ path }) => path === 'docs/operations.md');
    await runAll(superuser, page?.blocks.filter(({ heading }) => heading === 'Removing a realm') ?? []);
    expect((await superuser.query(remains)).rowCount).to.equal(0);
  });
});
