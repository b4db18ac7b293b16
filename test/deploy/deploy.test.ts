import { execFile, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, repositoryRoot, startProcess } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { parse } from 'yaml';

const folder = join(repositoryRoot, 'deploy');
const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');
const run = promisify(execFile);

/** A service of a compose file, as far as it is checked. */
interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

async function composeFile(name: string): Promise<Compose> {
  return parse(await readFile(join(folder, name), 'utf8'));
}

describe('Files for deployment', () => {
  for (const name of ['compose.yaml', 'compose.crossbar.yaml']) {
    it(`refer to existing files, and wait for a healthy PostgreSQL: ${name}`, async () => {
      const { services, volumes = {} } = await composeFile(name);
      for (const [service, { image, build, volumes: mounts = [], depends_on = {}, ...own }] of Object.entries(
        services,
      )) {
        expect(
          [image, build].filter((it) => it !== undefined),
          service,
        ).to.have.length(1);
        if (build) expect(globSync(join(folder, build.context, build.dockerfile)), service).to.have.length(1);
        for (const mount of mounts) {
          const [source = ''] = mount.split(':');
          if (source.startsWith('.')) expect(globSync(join(folder, source)), mount).to.have.length(1);
          else expect(volumes, mount).to.have.property(source);
        }
        for (const [other, { condition }] of Object.entries(depends_on)) {
          expect(condition).to.equal('service_healthy');
          expect(services[other]?.healthcheck, other).to.not.equal(undefined);
        }
        // YAML reads 5432 as a number, which compose refuses there.
        for (const value of Object.values(own.environment ?? {})) expect(value).to.be.a('string');
      }
    });
  }

  it('start the node of compose.yaml with the variables of the file, and its health check succeeds', async () => {
    await using database = await createSetUpDatabase();
    const { services } = await composeFile('compose.yaml');
    const { host = '', port } = database.config;
    const passwords = { CROSSBAR_PASSWORD: 'crossbar', WORKER_PASSWORD: 'crossbar_worker' };
    const given = { PGHOST: host, PGPORT: String(port), PGDATABASE: database.name, ...passwords };
    const local = { PGWAMP_INTERFACE: '127.0.0.1', PGWAMP_LINK_HOST: '127.0.0.1' };
    expect(Object.keys(services.pgwamp?.environment ?? {})).to.have.members(Object.keys({ ...given, ...local }));
    const [web, admin] = [await freePort(), await freePort()];
    const text = (await readFile(join(folder, 'config.yaml'), 'utf8'))
      .replace('port: 8080', `port: ${web}`)
      .replace('port: 9100', `port: ${admin}`);
    await using stack = new AsyncDisposableStack();
    const files = await mkdtemp(join(tmpdir(), 'pgwamp-deploy-'));
    stack.defer(() => rm(files, { recursive: true }));
    await writeFile(join(files, 'config.yaml'), text);
    const args = ['start', '--config', join(files, 'config.yaml')];
    await using node = await startProcess(program, { args, env: { ...given, ...local } });
    await node.waitFor({ msg: 'node is ready' }, 40_000);

    const dockerfile = await readFile(join(folder, 'Dockerfile'), 'utf8');
    const [, check = ''] = /HEALTHCHECK .*?CMD \["node", "-e", "(.*?)"\]/s.exec(dockerfile) ?? [];
    await run(process.execPath, ['-e', check.replace('9100', String(admin))]);
    node.kill('SIGTERM');
    expect(await node.exited).to.include({ code: 143 });
  });

  it('build the image with a supported Node.js, and run it as an ordinary user', async () => {
    const dockerfile = await readFile(join(folder, 'Dockerfile'), 'utf8');
    const { engines } = JSON.parse(await readFile(join(repositoryRoot, 'packages/node/package.json'), 'utf8'));
    const least = Number(/\d+/.exec(engines.node)?.[0]);
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, version]) => Number(version));
    expect(versions).to.have.length(2);
    for (const version of versions) expect(version).to.be.at.least(least);
    expect(dockerfile).to.match(/^USER node$/m);
  });

  it('contain a valid configuration and a valid component', async () => {
    const env = {
      ...process.env,
      ...{ PGHOST: 'localhost', PGPORT: '5432', PGDATABASE: 'app', PORT: '8080' },
      ...{ CROSSBAR_PASSWORD: 'x', WORKER_PASSWORD: 'y' },
      ...{ PGWAMP_INTERFACE: '0.0.0.0', PGWAMP_LINK_HOST: 'pgwamp', ROUTER_HOST: 'crossbar' },
    };
    for (const file of ['config.yaml', 'crossbar.json']) {
      const { stdout } = await run(process.execPath, [program, 'check', '--config', join(folder, file)], { env });
      expect(stdout).to.match(/: ok, router\n$/);
    }
  });

  if (spawnSync('systemd-analyze', ['--version']).status === 0) {
    it('contain a unit that systemd accepts', async () => {
      const verified = spawnSync('systemd-analyze', ['verify', join(folder, 'pgwamp.service')], { encoding: 'utf8' });
      // It is not installed on the machine of the test.
      const complaints = verified.stderr
        .split('\n')
        .filter((line) => line !== '' && !line.includes('is not executable'));
      expect(complaints).to.deep.equal([]);
    });
  }
});
