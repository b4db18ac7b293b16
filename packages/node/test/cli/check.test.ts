import { expect } from 'chai';
import { pgwamp } from '../support/command.ts';
import { node, routerWorker } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';

const database = { uri: 'postgres://crossbar:$' + '{SECRET}@127.0.0.1/shop' };
const component = {
  type: 'class',
  classname: 'pgwamp.Publisher',
  realm: 'realm1',
  role: 'anonymous',
  extra: { database },
};
const good = node([routerWorker({ components: [component] })]);

describe('pgwamp check', () => {
  it('reports a valid configuration, and exits with 0', async () => {
    await using folder = await createFolder({ '.crossbar/config.json': good });
    const { code, stdout, stderr } = await pgwamp(['check'], { cwd: folder.path, env: { SECRET: 'x' } });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 0,
      stdout: '.crossbar/config.json: ok, router\n',
      stderr: '',
    });
  });

  it('prints file, line and column of each mistake, and exits with 2', async () => {
    await using folder = await createFolder({ 'node.yaml': 'version: 2\nworkers:\n  - typ: router\n' });
    const { code, stdout, stderr } = await pgwamp(['check', '--config', 'node.yaml'], { cwd: folder.path });
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^pgwamp: node\.yaml:3:5: workers\[0\]\.type: missing \(expected a worker of type router/);
    const json = await pgwamp(['check', '--config', 'node.yaml', '--json'], { cwd: folder.path });
    expect(json.code).to.equal(2);
    expect(JSON.parse(json.stdout)).to.have.nested.property('problems[0].line', 3);
  });

  it('names the folder that it searches, and the command that writes a configuration', async () => {
    await using folder = await createFolder();
    const { code, stderr } = await pgwamp(['check'], { cwd: folder.path });
    expect(code).to.equal(2);
    expect(stderr).to.include(
      '.crossbar:1:1: there is no config.json, config.yaml, config.yml in this folder; pgwamp init writes one',
    );
  });

  it('prints every value in force with its origin, and no secret', async () => {
    await using folder = await createFolder({ '.crossbar/config.json': good });
    const run = (args: string[]) =>
      pgwamp(['check', '--print', ...args], { cwd: folder.path, env: { SECRET: 'hunter2' } });
    const { code, stdout } = await run([]);
    expect(code).to.equal(0);
    const line = (path: string) =>
      stdout
        .split('\n')
        .find((it) => it.startsWith(`${path} =`))
        ?.replace(/ +/g, ' ');
    const own = 'workers[0].components[0]';
    expect(line(`${own}.extra.database.uri`)).to.equal(
      `${own}.extra.database.uri = "postgres://crossbar:***@127.0.0.1/shop" # environment variable SECRET`,
    );
    expect(line(`${own}.extra.delivery`)).to.equal(`${own}.extra.delivery = "auto" # default`);
    expect(line('version')).to.equal('version = 2 # .crossbar/config.json:2:14');
    const json = await run(['--json']);
    expect(JSON.parse(json.stdout).values).to.deep.include({
      path: 'version',
      value: 2,
      origin: '.crossbar/config.json:2:14',
    });
    expect(stdout + json.stdout).not.to.include('hunter2');
  });

  it('warns of keys that only Crossbar.io supports with --lenient', async () => {
    await using folder = await createFolder({ 'c.json': node([routerWorker()], { manhole: {} }) });
    expect((await pgwamp(['check', '--config', 'c.json'], { cwd: folder.path })).code).to.equal(2);
    const { code, stderr } = await pgwamp(['check', '--config', 'c.json', '--lenient'], { cwd: folder.path });
    expect(code).to.equal(0);
    expect(stderr).to.match(
      /^warning: c\.json:4:5: controller\.manhole: pgwamp does not support this key of Crossbar\.io/,
    );
  });
});

describe('Command line', () => {
  it('exits with 2 for an unknown command or option, and suggests a similar one', async () => {
    const command = await pgwamp(['strat']);
    expect(command.code).to.equal(2);
    expect(command.stderr).to.match(/^pgwamp: unknown command 'strat'\n\(Did you mean start\?\)/);
    const option = await pgwamp(['check', '--conf', 'x']);
    expect(option.code).to.equal(2);
    expect(option.stderr).to.match(/unknown option '--conf'\n\(Did you mean --config\?\)/);
  });

  it('has help with an example for every command', async () => {
    const { stdout } = await pgwamp(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name as string);
    expect(commands).to.include.members(['start', 'check', 'schema', 'publish', 'doctor']);
    for (const name of commands.filter((it) => it !== 'help')) {
      const help = await pgwamp(['help', name]);
      expect(help.stdout, name).to.include('Examples:\n  $ ');
    }
  });
});
