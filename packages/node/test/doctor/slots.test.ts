import { database as databaseSchema } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';
import { describeWithBroker, startPostgresWithWal2json } from '@pgwamp/harness';
import { expect } from 'chai';
import { checkSlots } from '../../src/doctor/slots.ts';

await describeWithBroker('wal2json', 'Doctor: slot with the plugin wal2json', function () {
  this.timeout(60_000);

  it('reports that PostgreSQL does not load the plugin, and its fix works', async () => {
    await using server = await startPostgresWithWal2json();
    await using database = await server.createDatabase();
    await using sql = await database.connect();
    const { rows } = await sql.query(`SELECT current_setting('output_plugin_libraries', true) IS NOT NULL AS known`);
    const isKnown: boolean = rows[0].known;
    await sql.query(`CREATE ROLE doctor LOGIN PASSWORD 'secret'`);
    await sql.query(`SELECT pg_create_logical_replication_slot('orders', 'wal2json')`);
    const { host, port } = database.config;
    const login = { host, port, database: database.name, user: 'doctor', password: 'secret' };
    const trust = (plugins: string) =>
      sql.query(`ALTER DATABASE ${database.name} SET output_plugin_libraries = ${plugins}`);
    const check = async () => {
      await using connection = await Connection.open(databaseSchema.parse(login), 'pgwamp doctor');
      return (await checkSlots(connection)).filter(({ check }) => check === 'plugin of slot orders');
    };
    expect((await check()).map(({ verdict }) => verdict)).to.deep.equal(['skip']);
    await sql.query('GRANT pg_read_all_settings TO doctor');
    // Older minor versions load every plugin.
    if (!isKnown) {
      expect(await check()).to.deep.equal([]);
      return;
    }
    await trust('pgoutput, test_decoding');
    const [finding] = await check();
    expect(finding).to.deep.equal({
      check: 'plugin of slot orders',
      verdict: 'warn',
      message: 'PostgreSQL refuses to read the slot: output_plugin_libraries does not name its plugin wal2json',
      fix: 'ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, wal2json; SELECT pg_reload_conf();  -- as superuser',
    });
    await trust(/= (.*?);/.exec(finding?.fix ?? '')?.[1] ?? '');
    expect(await check()).to.deep.equal([]);
  });
});
