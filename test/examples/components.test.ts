import { globSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  type Connection,
  freePort,
  type RunningProcess,
  repositoryRoot,
  startCrossbarNode,
  startProcess,
  type TestDatabase,
  waitFor,
} from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';

const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');
const fileOf = (example: string, name: string) => join(repositoryRoot, 'examples', example, name);

/** The values of the README's variables in a test. */
type Environment = Readonly<Record<string, string>>;

async function environmentOf({ config, name }: TestDatabase): Promise<Environment> {
  const { host = '', port } = config;
  const PORT = String(await freePort());
  return {
    PORT,
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: name,
    CROSSBAR_PASSWORD: 'crossbar',
    WORKER_PASSWORD: 'crossbar_worker',
  };
}

/** Runs the example's node in our host. */
async function startPgwamp(example: string, env: Environment): Promise<AsyncDisposable> {
  const [config = ''] = globSync(fileOf(example, 'config.{json,yaml}'));
  const node = await startProcess(program, { args: ['start', '--config', config], env });
  await node.waitFor({ msg: 'node is ready' }, 40_000);
  return node;
}

/** Runs the example's node in Crossbar.io, which finds the command `pgwamp` on the path. */
async function startCrossbar(example: string, env: Environment): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-path-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const command = join(folder, 'pgwamp');
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  await chmod(command, 0o755);
  const files = {
    '.crossbar/config.json': await readFile(fileOf(example, 'crossbar.json'), 'utf8'),
    'component.json': await readFile(fileOf(example, 'component.json'), 'utf8'),
  };
  const PATH = `${folder}${delimiter}${process.env.PATH}`;
  stack.use(await startCrossbarNode(files, { port: Number(env.PORT), path: 'ws' }, { ...env, PATH }));
  return stack.move();
}

/** When the component does what the example shows. */
const working: Readonly<Record<string, string>> = {
  publisher: 'SELECT FROM crossbar.realms WHERE active',
  subscriber: `SELECT FROM crossbar.subscriptions WHERE state = 'subscribed'`,
  callee: `SELECT FROM crossbar.registrations HAVING count(*) = count(*) FILTER (WHERE state = 'registered')`,
  caller: 'SELECT FROM crossbar._living_links(NULL)',
  starter: `SELECT FROM crossbar.realms, crossbar.registrations WHERE active AND state = 'registered'`,
};

/** A command of the README, and the lines that it says are printed. */
interface Command {
  readonly text: string;
  readonly expected: readonly string[];
}

/** The commands of the last console of a README. */
async function commandsOf(example: string): Promise<Command[]> {
  const readme = await readFile(fileOf(example, 'README.md'), 'utf8');
  const [, console = ''] = [...readme.matchAll(/```console\n(.*?)```/gs)].at(-1) ?? [];
  return console
    .split(/^\$ /m)
    .slice(1)
    .map((command) => {
      const [text = '', ...expected] = command.trimEnd().split('\n');
      return { text, expected };
    });
}

/** As psql prints it with -At. */
async function psql(sql: Connection, statements: string): Promise<string> {
  const results = [await sql.query(statements)].flat();
  await sql.query('RESET ROLE');
  return (results.at(-1)?.rows ?? []).map((row) => `${Object.values(row).join('|')}\n`).join('');
}

async function follow(example: string, sql: Connection, env: Environment): Promise<void> {
  await using stack = new AsyncDisposableStack();
  let script: RunningProcess | undefined;
  for (const { text, expected } of await commandsOf(example)) {
    let printed = '';
    const [, statements] = /^psql -d mydb -(?:Atc|c) "(.*)"$/.exec(text) ?? [];
    if (statements !== undefined) printed = await psql(sql, statements);
    else {
      expect(text).to.match(/^node main\.js( &)?$/);
      script = stack.use(await startProcess(fileOf(example, 'main.js'), { env }));
      if (!text.endsWith('&')) await script.exited;
    }
    const isPrinted = async () => {
      // A publication of a script may still be on its way to the table.
      if (statements?.startsWith('SELECT sensor')) printed = await psql(sql, statements);
      const lines = `${script?.output ?? ''}${printed}`.split('\n');
      expect(lines, lines.join('\n')).to.include.members([...expected]);
      return true;
    };
    await waitFor(isPrinted, { what: `what "${text}" prints`, deadline: 20_000 });
  }
}

const hosts = { pgwamp: startPgwamp, ...(process.env.INTEROP === 'crossbar' && { 'Crossbar.io': startCrossbar }) };

for (const [host, start] of Object.entries(hosts)) {
  describe(`Examples with ${host}`, function () {
    this.timeout(120_000);

    const isOurs = start === startPgwamp;
    for (const example of ['publisher', 'subscriber', 'callee', 'caller', ...(isOurs ? ['starter'] : [])]) {
      it(`print the output of their README: ${example}`, async () => {
        await using database = await createSetUpDatabase();
        await using sql = await database.connect();
        await sql.query(await readFile(fileOf(example, `${example}.sql`), 'utf8'));
        const env = await environmentOf(database);
        await using _ = await start(example, env);
        const works = async () => (await sql.query(working[example] ?? '')).rows.length > 0;
        await waitFor(works, { what: `the ${example} to work`, deadline: 40_000 });
        await follow(example, sql, env);
      });
    }
  });
}
