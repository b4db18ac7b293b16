import { type Command, InvalidArgumentError, Option } from 'commander';
import { withExamples } from './example.ts';
import { portOf } from './port-of.ts';
import { shellWord } from './shell-word.ts';

/** `pgwamp init`: writes a working configuration, and the SQL that it needs. */
export function init(program: Command): void {
  const { PGHOST = '127.0.0.1', PGDATABASE = 'postgres' } = process.env;
  const command = program
    .command('init')
    .summary('write an initial configuration and setup.sql')
    .description(
      'Writes .crossbar/config.json, a node with a router and all components, and setup.sql with generated passwords for the ' +
        'roles crossbar and crossbar_worker. Asks nothing and overwrites nothing.',
    )
    .option('--dir <folder>', 'folder to write to', '.')
    .option('--realm <name>', 'realm', realmOf, 'realm1')
    .option('--port <port>', 'port of the router on 127.0.0.1', portOf, 8080)
    .option('--admin-port <port>', 'port of the admin endpoint on 127.0.0.1', portOf, 9100)
    .option('--host <host>', 'host of PostgreSQL ($PGHOST)', PGHOST)
    .addOption(new Option('--pgport <port>', 'port of PostgreSQL').argParser(portOf).default(5432).env('PGPORT'))
    .option('--database <name>', 'database ($PGDATABASE), or its URI: postgres://host:port/database', PGDATABASE)
    .option('--force', 'overwrite files')
    .action(run);
  withExamples(command, 'pgwamp init --database mydb');
}

interface InitFlags {
  readonly dir: string;
  readonly realm: string;
  readonly port: number;
  readonly adminPort: number;
  readonly host: string;
  readonly pgport: number;
  readonly database: string;
  readonly force?: boolean;
}

async function run(given: InitFlags): Promise<void> {
  const flags = { ...given, ...(await placeOf(given.database)) };
  const { randomBytes } = await import('node:crypto');
  const generated = () => randomBytes(18).toString('base64url');
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { sqlFolder } = await import('@pgwamp/core/internal/postgres');
  const [password, workerPassword] = [generated(), generated()];
  const setup = await readFile(join(sqlFolder, 'setup.sql'), 'utf8');
  const config = join(flags.dir, '.crossbar', 'config.json');
  const setupFile = join(flags.dir, 'setup.sql');
  await write(
    [
      [config, `${JSON.stringify(nodeOf(flags, password, workerPassword), undefined, 2)}\n`],
      [
        setupFile,
        setup
          .replace("ENCRYPTED PASSWORD 'crossbar'", `ENCRYPTED PASSWORD '${password}'`)
          .replace("ENCRYPTED PASSWORD 'crossbar_worker'", `ENCRYPTED PASSWORD '${workerPassword}'`),
      ],
    ],
    flags.force === true,
  );
  process.stdout.write(
    `wrote ${config} and ${setupFile}; both contain the passwords of the roles crossbar and crossbar_worker, and only you can read them\n\nNext:\n` +
      `  psql -h ${shellWord(flags.host)} -p ${flags.pgport} -d ${shellWord(flags.database)} -f ${shellWord(setupFile)}    # once, as superuser\n` +
      `  npx pgwamp start${flags.dir === '.' ? '' : ` --cbdir ${shellWord(join(flags.dir, '.crossbar'))}`}\n`,
  );
}

function realmOf(text: string): string {
  if (/^[^\s#]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected the name of a realm, without white space and "#".');
}

/** The parts of a connection URI; a plain name is only the name of the database. The login comes from setup.sql. */
async function placeOf(database: string): Promise<Partial<Pick<InitFlags, 'host' | 'pgport' | 'database'>>> {
  if (!/^postgres(ql)?:/.test(database)) return {};
  const { CommandError } = await import('../errors.ts');
  const url = URL.canParse(database) ? new URL(database) : undefined;
  const name = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url || url.hostname === '' || name === '' || url.search !== '') {
    throw new CommandError(
      '--database: expected a name, or postgres://host:port/database; put other parameters, such as sslmode, into ' +
        'extra.database of .crossbar/config.json',
    );
  }
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    pgport: url.port === '' ? 5432 : Number(url.port),
    database: name,
  };
}

async function write(files: readonly (readonly [path: string, text: string])[], force: boolean): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { writeFile } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const { CommandError } = await import('../errors.ts');
  const existing = files.map(([path]) => path).filter((path) => existsSync(path));
  if (existing.length > 0 && !force) {
    throw new CommandError(
      `${existing.join(' and ')} ${existing.length === 1 ? 'exists' : 'exist'}: use --force to overwrite, or --dir for another folder`,
    );
  }
  try {
    for (const [path, text] of files) {
      await makeFolder(dirname(path));
      await writeFile(path, text, { mode: 0o600 });
    }
  } catch (error) {
    throw new CommandError(`cannot write the files: ${(error as Error).message}; use --dir for another folder`);
  }
}

/** `mkdir` of Node.js with `recursive` never ends where an existing folder refuses new ones with ENOENT, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { mkdir } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  if (existsSync(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path);
}

function nodeOf(
  { realm, port, adminPort, host, pgport, database: name }: InitFlags,
  password: string,
  workerPassword: string,
): object {
  const worker = { user: 'crossbar_worker', password: workerPassword };
  const database = { host, port: pgport, database: name, user: 'crossbar', password, worker };
  const component = (classname: string) => ({ type: 'class', classname, realm, role: 'trusted', extra: { database } });
  const everything = {
    uri: '',
    match: 'prefix',
    allow: { call: true, register: true, publish: true, subscribe: true },
    disclose: { caller: false, publisher: false },
  };
  return {
    $schema: '../node_modules/pgwamp/node.schema.json',
    version: 2,
    controller: {
      admin: {
        endpoint: { type: 'tcp', interface: '127.0.0.1', port: adminPort },
        console: { realm, topics: ['com.example.*'] },
      },
    },
    workers: [
      {
        type: 'router',
        realms: [{ name: realm, roles: [{ name: 'anonymous', permissions: [everything] }] }],
        transports: [
          {
            type: 'web',
            endpoint: { type: 'tcp', interface: '127.0.0.1', port },
            paths: { ws: { type: 'websocket' } },
          },
        ],
        components: ['pgwamp.Publisher', 'pgwamp.Subscriber', 'pgwamp.Callee', 'pgwamp.Caller'].map(component),
      },
    ],
  };
}
