import { readFile, rm } from 'node:fs/promises';
import { freePort } from '../free-port.ts';
import type { ProxyTarget } from '../proxy/link.ts';
import { AddressedServer } from './addressed-server.ts';
import { backUpForStandby } from './base-backup.ts';
import { type Cluster, createCluster, createClusterFolder } from './cluster.ts';
import { PortTakenError, Postmaster, type StopMode } from './postmaster.ts';
import type { TestDatabase } from './test-database.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/** A PostgreSQL server as a child process, with its data in a temporary folder. */
export class EmbeddedServer extends AddressedServer {
  override readonly kind = 'embedded';
  readonly #cluster: Cluster;
  readonly #watchdog: Watchdog;
  #postmaster: Postmaster;

  private constructor(cluster: Cluster, version: number, port: number, postmaster: Postmaster, watchdog: Watchdog) {
    super({ host: '127.0.0.1', port, superuser: 'postgres', password: cluster.password }, version);
    this.#cluster = cluster;
    this.#watchdog = watchdog;
    this.#postmaster = postmaster;
  }

  /**
   * Creates a cluster of a major version and starts it, with the programs of this repository or those of a given
   * folder.
   */
  static async create(
    major: number,
    settings: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>> = {},
    programs?: string,
  ): Promise<EmbeddedServer> {
    const folder = await createClusterFolder();
    const watchdog = startWatchdog(folder);
    try {
      const cluster = await createCluster(folder, major, settings, files, programs);
      const [postmaster, port] = await launchOnFreePort(cluster, watchdog);
      return new EmbeddedServer(cluster, major, port, postmaster, watchdog);
    } catch (error) {
      watchdog[Symbol.dispose]();
      throw error;
    }
  }

  /** Creates a standby of this server. It follows the server at an address: this server, or a proxy in front of it. */
  async standby(primary: ProxyTarget): Promise<EmbeddedServer> {
    const cluster = await backUpForStandby(this.#cluster, this, primary);
    const watchdog = startWatchdog(cluster.folder);
    try {
      const [postmaster, port] = await launchOnFreePort(cluster, watchdog);
      return new EmbeddedServer(cluster, this.version, port, postmaster, watchdog);
    } catch (error) {
      watchdog[Symbol.dispose]();
      throw error;
    }
  }

  override get pid(): number {
    return this.#postmaster.pid;
  }

  override async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#postmaster.stop(mode);
    this.#watchdog.watch(0);
  }

  override async start(): Promise<void> {
    if (this.#postmaster.running) return;
    this.#postmaster = await launch(this.#cluster, this.port, this.#watchdog);
  }

  override async log(): Promise<string> {
    return readFile(this.#cluster.logFile, 'utf8');
  }

  override async createDatabase(prepare?: (database: TestDatabase) => Promise<void>): Promise<TestDatabase> {
    const database = await super.createDatabase(prepare);
    const drop = () => database[Symbol.asyncDispose]();
    // A server that a test has stopped is removed together with its databases.
    return { ...database, [Symbol.asyncDispose]: async () => (this.#postmaster.running ? drop() : undefined) };
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#postmaster.end();
    this.#watchdog.watch(0);
    await rm(this.#cluster.folder, { recursive: true, force: true });
    this.#watchdog[Symbol.dispose]();
  }
}

async function launch(cluster: Cluster, port: number, watchdog: Watchdog): Promise<Postmaster> {
  const postmaster = Postmaster.launch(cluster, port);
  watchdog.watch(postmaster.pid);
  await postmaster.ready(cluster, port);
  return postmaster;
}

async function launchOnFreePort(cluster: Cluster, watchdog: Watchdog): Promise<[Postmaster, number]> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return [await launch(cluster, port, watchdog), port];
    } catch (error) {
      watchdog.watch(0);
      if (!(error instanceof PortTakenError) || attempt === 5) throw error;
    }
  }
}
