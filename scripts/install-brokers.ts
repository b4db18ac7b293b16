// Installs the message brokers that the tests of the Proxy talk to, unless they are there: RabbitMQ, mosquitto, Redis, NATS and a
// PostgreSQL with the plugin wal2json from Debian (as root), Kafka and ElasticMQ from Maven, and moto from PyPI into .cache/brokers. Prints what each of them is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = join(dirname(import.meta.dirname), '.cache', 'brokers');

/** Servers of Debian, by a file that each brings. */
const servers = {
  'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
  mosquitto: '/usr/sbin/mosquitto',
  'redis-server': '/usr/bin/redis-server',
  'nats-server': '/usr/sbin/nats-server',
};

/** Servers of Maven, by their artifacts. */
const archives = {
  kafka: ['org.apache.kafka:kafka_2.13:3.9.1', 'org.slf4j:slf4j-simple:1.7.36'],
  elasticmq: ['org.elasticmq:elasticmq-server_2.13:1.6.12'],
};

/** The folder of Debian's packages of PostgreSQL, with a folder for each version. */
const postgresql = '/usr/lib/postgresql';

const moto = 'moto[server,sqs,sns]==5.1.4';

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** A PostgreSQL with the plugin wal2json, of whatever version the distribution has. */
function missingWal2json(): string[] {
  const folders = existsSync(postgresql) ? readdirSync(postgresql) : [];
  if (folders.some((version) => existsSync(join(postgresql, version, 'lib', 'wal2json.so')))) return [];
  const { stdout } = spawnSync('apt-cache', ['pkgnames', 'postgresql-'], { encoding: 'utf8' });
  const [plugin, version] = /^postgresql-(\d+)-wal2json$/m.exec(stdout ?? '') ?? [];
  return plugin === undefined ? [] : [`postgresql-${version}`, plugin];
}

/** One call for all that Debian has to bring. */
function installPackages(): void {
  const missing = Object.entries(servers).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  missing.push(...missingWal2json());
  if (!succeeds('java', ['-version'])) missing.push('default-jre-headless');
  if (!isInstalled('kafka', archives.kafka) && !succeeds('mvn', ['-version'])) missing.push('maven');
  if (!succeeds('python3', ['-c', 'import venv, ensurepip'])) missing.push('python3', 'python3-venv');
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !succeeds('apt-get', ['--version'])) {
    throw new Error(`these packages are missing: ${missing.join(', ')}; install them, or run this as root on Debian`);
  }
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-qq', '--no-install-recommends', ...missing]);
}

/** Written last: without it an installation has been interrupted. */
function stampOf(name: string): string {
  return join(folder, name, 'installed');
}

function isInstalled(name: string, requirement: readonly string[]): boolean {
  return existsSync(stampOf(name)) && readFileSync(stampOf(name), 'utf8') === requirement.join('\n');
}

function installOnce(name: string, requirement: readonly string[], install: (target: string) => void): void {
  if (!isInstalled(name, requirement)) {
    rmSync(join(folder, name), { recursive: true, force: true });
    mkdirSync(join(folder, name), { recursive: true });
    install(join(folder, name));
    writeFileSync(stampOf(name), requirement.join('\n'));
  }
  console.log(`${name}: ${requirement.join(', ')}`);
}

function installArchives(artifacts: readonly string[], target: string): void {
  const project = mkdtempSync(join(tmpdir(), 'pgwamp-maven-'));
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  const head =
    '<modelVersion>4.0.0</modelVersion><groupId>pgwamp</groupId><artifactId>brokers</artifactId><version>1</version>';
  const pom = `<project>${head}<dependencies>${dependencies.join('')}</dependencies></project>`;
  writeFileSync(join(project, 'pom.xml'), pom);
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${target}`, '-DincludeScope=runtime'];
  run('mvn', ['-q', '-B', '-f', join(project, 'pom.xml'), ...goal]);
  rmSync(project, { recursive: true });
}

installPackages();
for (const name of Object.keys(servers)) console.log(`${name}: of Debian`);
for (const [name, artifacts] of Object.entries(archives)) {
  installOnce(name, artifacts, (target) => installArchives(artifacts, target));
}
installOnce('moto', [moto], (target) => {
  run('python3', ['-m', 'venv', target]);
  run(join(target, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', moto]);
});
