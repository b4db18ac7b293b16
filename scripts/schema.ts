// Writes sql/schema.txt: what the installer makes, by the catalogue of a database in which it has run. A test compares the two.
import { readFile, writeFile } from 'node:fs/promises';
import { database as databaseSchema } from '@pgwamp/config';
import { Connection, install } from '@pgwamp/core/internal/postgres';
import { repositoryRoot, startPostgres } from '@pgwamp/harness';
import { describeSchema } from './schema/describe.ts';

await using server = await startPostgres({ own: true });
await using database = await server.createDatabase();
await using superuser = await database.connect();
await superuser.query(await readFile(`${repositoryRoot}/sql/setup.sql`, 'utf8'));
const { host, port } = database.config;
const crossbar = { host, port, database: database.name, user: 'crossbar', password: 'crossbar' };
await using connection = await Connection.open(databaseSchema.parse(crossbar), 'schema');
await install(connection, { delivery: 'wal' });
await writeFile(`${repositoryRoot}/sql/schema.txt`, await describeSchema(superuser));
