import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, sharedPostgres, withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase, runSqlFile, value } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { install } from '../../src/index.ts';
import { pgwamp, program } from '../support/command.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';
import { startNode } from '../support/running-node.ts';

function uri({ user, password, host, port, database }: ReturnType<typeof crossbarLogin>): string {
  return `postgres://${user}:${password}@${host}:${port}/${database}`;
}

/** No configuration, and no variables that name a database. */
const elsewhere = {
  cwd: '/',
  env: { PGHOST: undefined, PGDATABASE: undefined, PGUSER: undefined, PGPASSWORD: undefined },
};

describe('pgwamp install', () => {
  it('installs the schema, so that SQL can publish without a component, and reports it', async () => {
    const server = await sharedPostgres();
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    const args = ['install', '--database', uri(crossbarLogin(database))];
    const first = await pgwamp(args, elsewhere);
    expect(first.code, first.stderr).to.equal(0);
    expect(first.stdout).to.match(/^installed schema crossbar: 1 migration, \d+ functions\n$/);
    await using sql = await database.connect();
    expect(await value(sql, `SELECT crossbar.publish('com.example.topic1')`)).not.to.equal(undefined);
    expect((await pgwamp(args, elsewhere)).stdout).to.equal('everything is already installed\n');
  });

  it('is available as a function', async () => {
    const server = await sharedPostgres();
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    const first = await install(crossbarLogin(database));
    expect(first.functions).to.include('publish.sql');
    expect((await install(crossbarLogin(database))).functions).to.deep.equal([]);
  });

  it('prints SQL that installs the same', async () => {
    const server = await sharedPostgres();
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    const { code, stdout } = await pgwamp(['install', '--print'], elsewhere);
    expect(code).to.equal(0);
    await using sql = await database.connect();
    await sql.query(stdout);
    const again = await pgwamp(['install', '--database', uri(crossbarLogin(database))], elsewhere);
    expect(again.stdout).to.equal('everything is already installed\n');
  });

  it('uses the database of the configuration, or of PG* variables', async () => {
    await using database = await createSetUpDatabase();
    const worker = routerWorker({ components: [sideBySide('pgwamp.Publisher', database)] });
    await using folder = await createFolder({ '.crossbar/config.json': node([worker]) });
    expect((await pgwamp(['install', '--json'], { ...elsewhere, cwd: folder.path })).code).to.equal(0);
    const { host, port, password } = crossbarLogin(database);
    const env = { PGHOST: host, PGPORT: String(port), PGDATABASE: database.name, PGPASSWORD: password };
    expect((await pgwamp(['install'], { ...elsewhere, env })).code).to.equal(0);
  });

  it('exits with 2 without a database, and with 3 if the database is unreachable', async () => {
    const none = await pgwamp(['install'], elsewhere);
    expect(none.code).to.equal(2);
    expect(none.stderr).to.equal(
      'pgwamp: the database is missing: use --database, --config, or PGHOST and PGDATABASE; "pgwamp init" writes a configuration\n',
    );
    const away = await pgwamp(
      ['install', '--database', `postgres://crossbar@127.0.0.1:${await freePort()}/x`],
      elsewhere,
    );
    expect(away.code, away.stderr).to.equal(3);
    await using database = await createSetUpDatabase();
    const wrong = uri({ ...crossbarLogin(database), password: 'wrong' });
    const refused = await pgwamp(['install', '--database', wrong], elsewhere);
    expect(refused.code).to.equal(3);
    expect(refused.stderr.match(/Check the password/g), refused.stderr).to.have.length(1);
  });
});

describe('pgwamp: the option --database', () => {
  it('refuses a value that is not a URI, without printing possible passwords', async () => {
    for (const [name, end] of [
      ['mydb', 'database; did you mean postgres://crossbar@127.0.0.1/mydb?\n'],
      ['host=a password=b', 'port/database\n'],
      ['http://a:b@c/d', 'port/database\n'],
    ] as const) {
      const { code, stderr } = await pgwamp(['status', '--database', name], elsewhere);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^pgwamp: --database: expected a URI, postgres:/);
      expect(stderr.endsWith(end), stderr).to.equal(true);
    }
  });
});

describe('pgwamp uninstall', () => {
  it('lists what it would remove, and removes it only with --yes', async () => {
    await using database = await createSetUpDatabase();
    const args = ['uninstall', '--database', database.url];
    const asked = await pgwamp(args, elsewhere);
    expect(asked.code).to.equal(2);
    expect(asked.stdout).to.match(
      /^this removes:\n {2}publication crossbar\n {2}schema crossbar \(tables and views: \d+, functions: \d+\)\n/,
    );
    expect(asked.stderr).to.include('standard input is not a terminal: use --yes');
    await using sql = await database.connect();
    const exists = () => value(sql, "SELECT to_regnamespace('crossbar') IS NOT NULL");
    expect(await exists()).to.equal(true);

    const done = await pgwamp([...args, '--yes'], elsewhere);
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.match(/\nremoved\n$/);
    expect(await exists()).to.equal(false);
  });

  // `script` of util-linux gives it a terminal to ask at.
  if (spawnSync('script', ['--version']).status === 0) {
    it('asks at a terminal, and respects the answer no', async () => {
      await using database = await createSetUpDatabase();
      await using sql = await database.connect();
      const command = `${process.execPath} ${program} uninstall --database ${uri({ ...database.config })}`;
      const schemas = `SELECT FROM pg_namespace WHERE nspname = 'crossbar'`;
      const asked = async (answer: string) => {
        const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: '/', stdio: 'pipe' });
        let output = '';
        child.stdout.on('data', (data) => {
          output += data;
          if (String(data).includes('(yes/no) ')) child.stdin.write(`${answer}\n`);
        });
        const [code] = await withDeadline(once(child, 'close'), 30_000, 'uninstall to end');
        return { code, output };
      };
      const kept = await asked('no');
      expect(kept.code, kept.output).to.equal(1);
      expect(kept.output).to.match(/Remove all of this\? \(yes\/no\) .*nothing was changed/s);
      expect((await sql.query(schemas)).rows).to.have.length(1);
      const gone = await asked('yes');
      expect(gone.code, gone.output).to.equal(0);
      expect((await sql.query(schemas)).rows).to.have.length(0);
    });
  }

  it('prints its SQL', async () => {
    const { stdout } = await pgwamp(['uninstall', '--print'], elsewhere);
    expect(stdout).to.include('DROP SCHEMA IF EXISTS crossbar CASCADE');
  });
});

describe('pgwamp init', () => {
  it('writes a configuration and SQL that fit together, readable for the owner only', async () => {
    // Roles are shared by the databases of the server and keep the passwords of the first setup.sql: those that all tests use.
    await using database = await createSetUpDatabase();
    await using folder = await createFolder();
    const { host, port } = database.config;
    const args = ['--host', host, '--pgport', String(port), '--database', database.name];
    const ports = ['--port', String(await freePort()), '--admin-port', String(await freePort())];
    const { code, stdout } = await pgwamp(['init', ...args, ...ports], { cwd: folder.path });
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^wrote \.crossbar\/config\.json and setup\.sql; .*\n\nNext:\n {2}psql .* -f setup\.sql .*\n {2}npx pgwamp start\n$/,
    );
    const file = join(folder.path, '.crossbar/config.json');
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await pgwamp(['check'], { cwd: folder.path })).code).to.equal(0);

    const setup = await readFile(join(folder.path, 'setup.sql'), 'utf8');
    const generated = /ENCRYPTED PASSWORD '([\w-]{24})'/.exec(setup)?.[1] ?? '';
    const text = await readFile(file, 'utf8');
    expect(generated).not.to.equal('');
    expect(text.split(`"password": "${generated}"`)).to.have.length(5);
    await using sql = await database.connect();
    await sql.query(setup);
    await using running = await startNode(text.replaceAll(generated, 'crossbar'));
    await running.ready();
  });

  it('accepts the address of the database as a URI', async () => {
    await using folder = await createFolder();
    const { stdout } = await pgwamp(['init', '--database', 'postgres://shop@db.example:5433/orders'], {
      cwd: folder.path,
    });
    expect(stdout).to.include('psql -h db.example -p 5433 -d orders -f setup.sql');
    const text = await readFile(join(folder.path, '.crossbar/config.json'), 'utf8');
    const { workers } = JSON.parse(text) as { workers: { components: { extra: { database: object } }[] }[] };
    const extra = workers[0]?.components[0]?.extra;
    expect(extra?.database).to.include({ host: 'db.example', port: 5433, database: 'orders', user: 'crossbar' });
  });

  for (const wrong of ['postgres://db.example', 'postgres://db.example/orders?sslmode=require', 'postgres:orders']) {
    it(`refuses ${wrong}`, async () => {
      await using folder = await createFolder();
      const { code, stderr } = await pgwamp(['init', '--database', wrong], { cwd: folder.path });
      expect(code).to.equal(2);
      expect(stderr).to.match(/^pgwamp: --database: expected a name, or postgres:\/\/host:port\/database; /);
    });
  }

  for (const [args, env] of [
    [['--port', 'abc'], {}],
    [['--admin-port', '70000'], {}],
    [['--pgport', '5432x'], {}],
    [[], { PGPORT: 'x' }],
    [['--realm', 'my realm'], {}],
  ] as const) {
    it(`refuses wrong values: ${args.join(' ') || JSON.stringify(env)}`, async () => {
      await using folder = await createFolder();
      const { code, stderr } = await pgwamp(['init', ...args], { cwd: folder.path, env });
      expect(code).to.equal(2);
      expect(stderr).to.match(/^pgwamp: option '--\w.*expected (a port|the name of a realm)/);
      expect(await readdir(folder.path)).to.deep.equal([]);
    });
  }

  it('prints commands that are quoted for the shell', async () => {
    await using folder = await createFolder();
    const { stdout } = await pgwamp(['init', '--dir', "my node's", '--database', 'my db'], { cwd: folder.path });
    expect(stdout).to.include(`psql -h 127.0.0.1 -p 5432 -d 'my db' -f 'my node'\\''s/setup.sql'    #`);
    expect(stdout).to.include(`npx pgwamp start --cbdir 'my node'\\''s/.crossbar'\n`);
  });

  it('overwrites files with --force only', async () => {
    await using folder = await createFolder({ 'setup.sql': 'mine' });
    const refused = await pgwamp(['init'], { cwd: folder.path });
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.equal(
      'pgwamp: setup.sql exists: use --force to overwrite, or --dir for another folder\n',
    );
    expect(await readFile(join(folder.path, 'setup.sql'), 'utf8')).to.equal('mine');
    expect((await pgwamp(['init', '--force'], { cwd: folder.path })).code).to.equal(0);
  });

  // A recursive mkdir of Node.js does not end in /proc.
  for (const dir of ['/proc/x', 'a-file', 'a-file/x']) {
    it(`refuses ${JSON.stringify(dir)}, in which it cannot write`, async () => {
      await using folder = await createFolder({ 'a-file': '' });
      const { code, stdout, stderr } = await pgwamp(['init', '--dir', dir], { cwd: folder.path });
      expect(stderr).to.match(/^pgwamp: cannot write the files: E\w+: .*; use --dir for another folder\n$/);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });
  }
});

describe('pgwamp doctor', () => {
  it('runs its checks, and prints the fix for each problem', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query(
      `SELECT pg_create_logical_replication_slot('crossbar_1_nobody_' || left(md5(random()::text), 8), 'pgoutput');
       INSERT INTO crossbar.proxy (name, slot) SELECT 'shop', slot_name
         FROM pg_create_logical_replication_slot('own_' || left(md5(random()::text), 8), 'pgoutput')`,
    );
    const args = ['doctor', '--database', uri(crossbarLogin(database))];
    const { code, stdout, stderr } = await pgwamp(args, elsewhere);
    expect(code, stdout + stderr).to.equal(0);
    for (const line of [
      /^ok +node +Node\.js \d+/m,
      /^ok +connection +crossbar@127\.0\.0\.1:\d+\/test_\w+, no pooler/m,
      /^ok +server version +PostgreSQL \d+/m,
      /^ok +schema +schema crossbar belongs to crossbar$/m,
      /^ok +schema version +migration \d+$/m,
      /^ok +rights +role crossbar has REPLICATION$/m,
      /^ok +worker login +role crossbar_worker has no privileges other than SET ROLE to other roles$/m,
      /^ok +schema usage +\d+ roles? with grants on functions or calls may use schema crossbar$/m,
      /^ok +wal_level +wal_level is logical$/m,
      /^ok +publication +publication crossbar exists$/m,
      /^ok +free slots +\d+ of \d+ replication slots are free$/m,
      /^warn +slot crossbar_1_nobody_\w+ +belongs to no realm and no Proxy, and keeps .* of WAL\n +→ SELECT pg_drop_replication_slot\('crossbar_1_nobody_\w+'\);$/m,
      /^ok +slot own_\w+ +proxy shop, nobody reads it, keeps .* of WAL$/m,
      /^ok +triggers +the arguments of 0 triggers are right$/m,
      // Tests of the same server make role crossbar a member of pg_monitor for a while.
      /^(skip +free disk +the role is not a member of pg_read_all_settings|(ok|warn) +free disk )/m,
      /^ok +dblink +dblink [\d.]+ in schema crossbar_dblink$/m,
      /^warn +call from SQL +crossbar\.call failed: .*\n +→ /m,
      /^ok +notify +a notification came back after \d+ ms$/m,
      /^ok +clock /m,
      /^\d+ ok, \d+ warnings, 0 failed, \d+ skipped$/m,
    ]) {
      expect(stdout).to.match(line);
    }
    const json = JSON.parse((await pgwamp([...args, '--json'], elsewhere)).stdout);
    expect(json).to.deep.include({ check: 'wal_level', verdict: 'ok', message: 'wal_level is logical' });
    const nagios = await pgwamp([...args, '--nagios'], elsewhere);
    expect(nagios.code).to.equal(1);
    expect(nagios.stdout).to.match(/^PGWAMP WARNING - .*\n$/);
  });

  it('and pgwamp check report triggers whose arguments would fail the first INSERT', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const trigger = (name: string, ...args: string[]) =>
      sql.query(
        `CREATE TRIGGER ${name} AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change(${args
          .map((it) => `'${it}'`)
          .join(', ')})`,
      );
    await sql.query('CREATE TABLE people (id int, "straße" text)');
    await trigger('good', 'com.example.people', '{"exclude": ["straße"]}');
    await trigger('plain', 'com.example.people');
    await trigger('topicless');
    await trigger('typo', 'com.example.people', '{"exclude": ["strasse"]}');
    await trigger('unread', 'com.example.people', '{exclude}');
    const login = uri(crossbarLogin(database));
    const { code, stdout } = await pgwamp(['doctor', '--database', login], elsewhere);
    expect(code).to.equal(3);
    expect(stdout).to.match(
      /^fail +trigger topicless on public\.people +topic is not a WAMP URI: NULL\n +→ create the trigger again/m,
    );
    expect(stdout).to.match(/^fail +trigger typo on public\.people +table public\.people has no column 'strasse'$/m);
    expect(stdout).to.match(/^fail +trigger unread on public\.people +invalid input syntax for type json$/m);
    expect(stdout).not.to.match(/trigger (good|plain)/);

    await using folder = await createFolder({
      'config.json': node([routerWorker({ components: [sideBySide('pgwamp.Callee', database)] })]),
    });
    const args = ['check', '--config', join(folder.path, 'config.json'), '--triggers'];
    const checked = await pgwamp(args, elsewhere);
    expect(checked.code, checked.stderr).to.equal(2);
    expect(checked.stdout.split('\n')[0]).to.equal('trigger topicless on public.people: topic is not a WAMP URI: NULL');
    await sql.query('DROP TRIGGER topicless ON people; DROP TRIGGER typo ON people; DROP TRIGGER unread ON people');
    expect((await pgwamp(args, elsewhere)).code).to.equal(0);
  });

  it('joins the router of a component in the same process, with its role', async () => {
    await using database = await createSetUpDatabase();
    const roles = [
      { name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow: { publish: true } }] },
      { name: 'caller', permissions: [{ uri: '', match: 'prefix', allow: { call: true } }] },
    ];
    const components = [
      { ...sideBySide('pgwamp.Publisher', database), id: 'open' },
      { ...sideBySide('pgwamp.Publisher', database), id: 'closed', role: 'caller' },
    ];
    await using folder = await createFolder({
      'config.json': node([routerWorker({ realms: [{ name: 'realm1', roles }], components })]),
    });
    const { stdout } = await pgwamp(['doctor', '--config', join(folder.path, 'config.json')], elsewhere);
    expect(stdout).to.match(/^ok +permission of open +the router accepts the operations of a Publisher$/m);
    expect(stdout).to.match(
      /^warn +permission of closed +the router refuses pgwamp\.doctor\.probe \(wamp\.error\.not_authorized\)$/m,
    );
  });

  it('reports the free disk space to a role that may read the data directory', async () => {
    const server = await sharedPostgres();
    await using database = await createSetUpDatabase();
    const { stdout } = await pgwamp(['doctor', '--database', uri({ ...database.config })], elsewhere);
    expect(stdout, String(server.port)).to.match(
      /^(ok|warn) +free disk +\d+ % of the disk with \S+ is free \(\d+ MB\)$/m,
    );
  });

  it('exits with 3 if a check fails', async () => {
    const server = await sharedPostgres();
    await using database = await server.createDatabase();
    const login = uri({ ...database.config });
    const { code, stdout } = await pgwamp(['doctor', '--database', login], elsewhere);
    expect(code).to.equal(3);
    expect(stdout).to.match(
      /^fail +schema +schema crossbar is missing\n +→ psql -h 127\.0\.0\.1 -p \d+ -d test_\w+ -f setup\.sql {4}# as superuser; "pgwamp init" writes the file$/m,
    );
    const away = await pgwamp(['doctor', '--database', 'postgres://crossbar@127.0.0.1:9/x'], elsewhere);
    expect(away.code).to.equal(3);
    expect(away.stdout).to.match(/^fail +connection +crossbar@127\.0\.0\.1:9\/x: .*ECONNREFUSED/m);
    const wrong = await pgwamp(['doctor', '--database', uri({ ...database.config, password: 'wrong' })], elsewhere);
    expect(wrong.stdout.match(/Check the password/g), wrong.stdout).to.have.length(1);
  });

  it('joins the routers of containers, and makes a real call from SQL if a Caller runs', async () => {
    await using database = await createSetUpDatabase();
    const port = await freePort();
    const { transports: [transport] = [] } = routerWorker() as { transports: { endpoint: object }[] };
    const router = routerWorker({
      transports: [{ ...transport, endpoint: { type: 'tcp', interface: '127.0.0.1', port } }],
    });
    const to = { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` };
    const components = ['Publisher', 'Callee', 'Subscriber', 'Caller'].map((name) => {
      const { role: _, ...own } = sideBySide(`pgwamp.${name}`, database) as { role: string };
      return { ...own, id: name, transport: to };
    });
    await using running = await startNode(node([router, { type: 'container', components }]));
    await running.ready();
    await using sql = await database.connect();
    const { code, stdout, stderr } = await pgwamp(['doctor'], { ...elsewhere, cwd: running.folder.path });
    expect(code, stdout + stderr).to.equal(0);
    for (const name of ['Publisher', 'Callee', 'Subscriber', 'Caller']) {
      expect(stdout).to.match(new RegExp(`^ok +realm of ${name} +joined realm realm1 as session \\d+$`, 'm'));
      expect(stdout).to.match(
        new RegExp(`^ok +permission of ${name} +the router accepts the operations of a ${name}$`, 'm'),
      );
    }
    expect(stdout).to.match(/^ok +call from SQL +crossbar\.call was answered by the router$/m);
    expect(await value(sql, 'SELECT count(*)::int FROM crossbar.call_permission')).to.equal(0);
    expect(stdout).to.match(/^ok +slot crossbar_\d+_realm1_\w+ +realm realm1, in use, keeps .* of WAL$/m);
  });
});
