import { join } from 'node:path';
import { expect } from 'chai';
import { repositoryRoot, startProcess } from '../src/index.ts';
import { startDockerEngine } from './support/docker-engine.ts';

const mocha = join(repositoryRoot, 'node_modules/mocha/bin/mocha.js');

/** Runs the tests of a file with a Docker engine. */
async function run(file: string, docker: string, env: Readonly<Record<string, string | undefined>> = {}) {
  await using running = await startProcess(mocha, {
    args: ['--no-config', join(import.meta.dirname, 'fixtures', file)],
    cwd: repositoryRoot,
    // The reaper is an image of its own, and the machine of a test may be a container.
    env: {
      TESTCONTAINERS_RYUK_DISABLED: 'true',
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      DOCKER_HOST: docker,
      ...env,
    },
  });
  const { code } = await running.exited;
  return { code, output: running.output };
}

/** Runs a test that requires Redis as if Redis were not installed. */
const runWithoutRedis = (docker: string, CI?: string) => run('needs-broker.ts', docker, { TEST_BROKERS: 'docker', CI });

describe('Tests that require a broker', function () {
  this.timeout(120_000);

  it('are left out without its server and without Docker, and are named', async () => {
    const { code, output } = await runWithoutRedis('unix:///nowhere.sock');
    expect(output).to.match(/^left out: A test of Redis\. Redis is not installed .*and Docker does not answer$/m);
    expect(code).to.equal(0);
  });

  it('are left out if Docker answers but cannot download the image, and the reason is printed', async () => {
    await using engine = await startDockerEngine([]);
    const { code, output } = await runWithoutRedis(engine.address);
    expect(output).to.match(/^left out: A test of Redis\. .*cannot run redis:[\d.]+: .*no such host/m);
    expect(code).to.equal(0);
  });

  for (const missing of ['Docker', 'the image'])
    it(`fail on CI without its server and without ${missing}`, async () => {
      await using engine = await startDockerEngine([]);
      const { code, output } = await runWithoutRedis(
        missing === 'Docker' ? 'unix:///nowhere.sock' : engine.address,
        '1',
      );
      expect(output).to.contain('Redis is not installed (npm run brokers installs it)');
      expect(code).to.equal(1);
    });

  it('run if Docker has the image', async () => {
    await using engine = await startDockerEngine(['redis:8.2']);
    const { code, output } = await runWithoutRedis(engine.address, '1');
    expect(output).to.match(/1 passing/);
    expect(code).to.equal(0);
  });
});

describe('The server of a broker', function () {
  this.timeout(120_000);

  it('is a process or a container with the same behaviour', async () => {
    await using engine = await startDockerEngine(['echo:1']);
    const { code, output } = await run('broker-servers.ts', engine.address, { TEST_BROKERS: undefined });
    expect(output).to.match(/6 passing/);
    expect(code).to.equal(0);
    expect(engine.created).to.equal(3);
    expect(engine.containers.size).to.equal(0);
  });
});
