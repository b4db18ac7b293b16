import { addressOfUrl, superuserConfig } from './address.ts';
import { AddressedServer } from './addressed-server.ts';
import { connect } from './connect.ts';
import { databasePrefix, dropDatabase } from './test-database.ts';

/** The server in `TEST_DATABASE_URL`. It may have other users, so the tests never stop it. */
export class GivenServer extends AddressedServer {
  override readonly kind = 'given';

  /** @throws Error if it does not answer, or if its version differs from `PG_VERSION` */
  static async create(url: string, wanted = process.env.PG_VERSION): Promise<GivenServer> {
    const address = addressOfUrl(url);
    await using client = await connect(superuserConfig(address));
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    const version = Math.floor(Number(rows[0]?.version) / 10_000);
    if (wanted && Number(wanted) !== version) {
      throw new Error(`PG_VERSION is ${wanted}, but TEST_DATABASE_URL names a PostgreSQL ${version}`);
    }
    return new GivenServer(address, version);
  }

  /** Drops the databases that a test run has left: templates, and databases of tests that were killed. */
  async dropDatabasesOfRun(): Promise<void> {
    await using client = await this.connect();
    const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)';
    const { rows } = await client.query<{ datname: string }>(sql, [databasePrefix()]);
    for (const { datname } of rows) await dropDatabase(this, datname);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.dropTemplates();
  }
}
