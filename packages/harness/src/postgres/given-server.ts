import { addressOfUrl, superuserConfig } from './address.ts';
import { AddressedServer } from './addressed-server.ts';
import { connect } from './connect.ts';
import { databasePrefix, dropDatabase } from './test-database.ts';

/** The server that `TEST_DATABASE_URL` names. Others may use it too, so nothing here stops it. */
export class GivenServer extends AddressedServer {
  override readonly kind = 'given';

  /** @throws Error when it does not answer, or when `PG_VERSION` asks for another version than it is */
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

  /** Drops what a test run has left: the databases that others were copied from, and those of tests that were killed. */
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
