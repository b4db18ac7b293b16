import { createSetUpDatabase, runSqlFile, value } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { pgwamp } from '../support/command.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';
import { startNode } from '../support/running-node.ts';

/** The changes of another version of pgwamp to a database, with the message and the advice of every command. */
const cases = [
  {
    what: 'a newer version has installed',
    change: `INSERT INTO crossbar._migration (version, name, checksum) SELECT 9001, '9001-next.sql', checksum FROM crossbar._migration`,
    problem: 'the database has migration 9001, this pgwamp knows migrations up to 1',
    hint: 'upgrade pgwamp',
  },
  {
    what: 'another version has installed with the same migrations',
    change: `UPDATE crossbar._migration SET checksum = 'another'`,
    problem: 'migration 0001-schema.sql was applied with another content than it has now',
    hint:
      'start the version of pgwamp that installed the schema; or delete it with all registrations, subscriptions and stored ' +
      'events by "pgwamp uninstall", and run setup.sql and "pgwamp install"',
  },
] as const;

describe('Database of another version', () => {
  for (const { what, change, problem, hint } of cases) {
    it(`that ${what}, is reported by the commands and left alone`, async () => {
      await using database = await createSetUpDatabase();
      await using sql = await database.connect();
      await sql.query(change);
      const components = [sideBySide('pgwamp.Publisher', database)];
      await using folder = await createFolder({ '.crossbar/config.json': node([routerWorker({ components })]) });
      const cwd = folder.path;
      const installed = await pgwamp(['install'], { cwd });
      expect(installed).to.deep.equal({ code: 3, stdout: '', stderr: `pgwamp: ${problem}: ${hint}\n` });
      await using running = await startNode(node([routerWorker({ components })]));
      expect(await running.exit()).to.deep.equal({ code: 3, signal: null });
      const { msg } = await running.process.waitFor({ code: 'PGWAMP_WORKER_FAILED' });
      expect(msg).to.equal(`worker router-1 failed: ${problem}: ${hint}`);
      const { code, stdout } = await pgwamp(['doctor', '--json'], { cwd });
      expect(code, stdout).to.equal(3);
      const found = JSON.parse(stdout).find(({ check }: { check: string }) => check === 'schema version');
      expect(found).to.deep.include({ check: 'schema version', verdict: 'fail', message: problem, fix: hint });
    });
  }

  it('that another version has installed with the same migrations, can be installed again as the advice says', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query(cases[1].change);
    expect(await pgwamp(['uninstall', '--yes', '--database', database.url])).to.include({ code: 0 });
    await runSqlFile(database, 'setup.sql');
    const { user, password, host, port } = crossbarLogin(database);
    const args = ['install', '--database', `postgres://${user}:${password}@${host}:${port}/${database.name}`];
    const installed = await pgwamp(args);
    expect(installed.code, installed.stderr).to.equal(0);
    expect(await value(sql, `SELECT checksum <> 'another' FROM crossbar._migration`)).to.equal(true);
  });
});
