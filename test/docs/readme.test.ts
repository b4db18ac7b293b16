import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  type RunningProcess,
  repositoryRoot,
  startPostgres,
  startProcess,
  waitFor,
  withDeadline,
} from '@pgwamp/harness';
import { expect } from 'chai';
import { document } from './support/documents.ts';

const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');
const blocks = document('README.md').blocks.filter(({ heading }) => heading === 'Five minutes');

/** The block of five minutes that begins with a text. */
function blockWith(beginning: string): string {
  const block = blocks.find(({ code }) => code.startsWith(beginning));
  return block?.code ?? expect.fail(`README.md has no block that begins with ${beginning}`);
}

/** The arguments of a command of the README, and what it prints. */
function commandOf(name: string): { args: string[]; output: string } {
  const start = '$ npm run -s pgwamp -- ';
  const [line = '', ...output] = blockWith(`${start}${name}`).split('\n');
  const words = line.slice(start.length).match(/'[^']*'|\S+/g) ?? [];
  return { args: words.map((word) => word.replace(/^'(.*)'$/, '$1')), output: output.join('\n').trim() };
}

/** A folder for the files that `init` writes, where commands run. */
async function openFolder(env: Readonly<Record<string, string>>) {
  const cwd = await mkdtemp(join(tmpdir(), 'pgwamp-readme-'));
  const start = (args: readonly string[]) => startProcess(program, { args, cwd, env });
  return {
    cwd,
    start,
    /** Runs a command to its end and returns its output. */
    async run(args: readonly string[]): Promise<string> {
      await using process = await start(args);
      const { code } = await withDeadline(process.exited, 30_000, `pgwamp ${args.join(' ')} to end`);
      expect(code, process.output).to.equal(0);
      return process.output.trim();
    },
    [Symbol.asyncDispose]: () => rm(cwd, { recursive: true, force: true }),
  };
}

function says(process: RunningProcess, text: string): Promise<true> {
  return waitFor(() => process.output.includes(text), { what: `"${text}"`, deadline: 30_000 });
}

describe('Five minutes of the README', () => {
  it('lead to an event, a procedure and a call, with the printed output', async () => {
    // One of its own: the role crossbar, whose password init generates, is one for the whole server.
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using superuser = await database.connect();
    const { host, port } = database.config;
    const [routerPort, adminPort] = [await freePort(), await freePort()];
    await using folder = await openFolder({ PGWAMP_ROUTER: `ws://127.0.0.1:${routerPort}/ws` });

    const init = commandOf('init');
    const elsewhere = ['--host', host, '--pgport', port, '--port', routerPort, '--admin-port', adminPort].map(String);
    const written = await folder.run([...init.args.map((arg) => arg.replace('mydb', database.name)), ...elsewhere]);
    const shown = written.replace(`-h ${host} -p ${port} -d ${database.name}`, '-h 127.0.0.1 -p 5432 -d mydb');
    expect(shown).to.equal(init.output);
    await superuser.query(await readFile(join(folder.cwd, 'setup.sql'), 'utf8'));

    await using node = await folder.start(commandOf('start').args);
    await says(node, 'node is ready');
    const subscribe = commandOf('subscribe');
    await using subscriber = await folder.start(subscribe.args);
    await says(subscriber, subscribe.output);

    await superuser.query(blockWith('CREATE TABLE people'));
    const withoutTime = (line: string) => line.replace(/"published_at":"[^"]+"/, '"published_at":""').trim();
    await says(subscriber, '"operation":"INSERT"');
    const line = subscriber.output.split('\n').find((text) => text.startsWith('com.example.people'));
    expect(withoutTime(line ?? '')).to.equal(withoutTime(blockWith('com.example.people')));

    const role = `shop_${randomBytes(6).toString('hex')}`;
    await superuser.query(blockWith('CREATE ROLE shop').replaceAll('shop', role));
    await waitFor(
      async () => (await superuser.query('SELECT state FROM crossbar.registrations')).rows[0]?.state === 'registered',
      { what: 'the procedure' },
    );
    const call = commandOf('call');
    expect(await folder.run(call.args)).to.equal(call.output);
    expect((await superuser.query(blockWith('SELECT crossbar.call'))).rows).to.deep.equal([{ call: 36.3 }]);

    node.kill('SIGTERM');
    expect(await node.exited).to.deep.include({ code: 143 });
    await superuser.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  });
});
