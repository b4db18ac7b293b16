import { randomBytes } from 'node:crypto';
import type { Connection } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { prepareDatabase } from '../publisher/support/database.ts';
import { startPublisher } from '../publisher/support/start-publisher.ts';
import { type Block, documents } from './support/documents.ts';

/** Runs blocks one after the other. Roles belong to the whole server, so the role `shop` gets a name of its own, and is dropped. */
async function runAll(connection: Connection, blocks: readonly Block[]): Promise<void> {
  const shop = `shop_${randomBytes(6).toString('hex')}`;
  try {
    for (const { place, code } of blocks) {
      await connection.query(code.replaceAll(/\bshop\b/g, shop)).catch((error: Error) => {
        throw new Error(`${place}: ${error.message}`, { cause: error });
      });
    }
  } finally {
    await connection.query('ROLLBACK; RESET ROLE');
    const created = await connection.query('SELECT FROM pg_roles WHERE rolname = $1', [shop]);
    if (created.rowCount === 1) await connection.query(`DROP OWNED BY ${shop}; DROP ROLE ${shop}`);
  }
}

describe('the SQL of the documents', () => {
  // The README tells a story of its own: see readme.test.ts.
  const pages = documents()
    .map(({ path, blocks }) => ({
      path,
      blocks: blocks.filter((block) => block.language === 'sql' && !block.fragment),
    }))
    .filter(({ path, blocks }) => blocks.length > 0 && path !== 'README.md');

  for (const { path, blocks } of pages) {
    it(`runs from the first block of ${path} to the last`, async () => {
      await using database = await prepareDatabase();
      await using router = createRouter({ realms: ['realm1', 'realm2'] });
      const extra = { database: database.options };
      await using former = await startPublisher({ realm: 'realm2', transport: { type: 'memory', router }, extra });
      await former.stop();
      await using publisher = await startPublisher({ realm: 'realm1', transport: { type: 'memory', router }, extra });
      await using superuser = await database.connect();
      await runAll(superuser, blocks);
      expect(publisher.status()).to.include({ state: 'running', refused: 0, reconnects: 0 });
    });
  }

  it('is some', () => expect(pages.map(({ path }) => path)).to.include.members(['docs/sql.md', 'docs/operations.md']));

  it('removes a realm with its slot, as docs/operations.md has it', async () => {
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
