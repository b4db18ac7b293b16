import { randomBytes } from 'node:crypto';
import type { StartedTestContainer } from 'testcontainers';
import type { PostgresAddress } from './address.ts';
import { AddressedServer } from './addressed-server.ts';

/** A PostgreSQL server in a Docker container. */
export class ContainerServer extends AddressedServer {
  override readonly kind = 'container';
  readonly #container: StartedTestContainer;

  private constructor(container: StartedTestContainer, address: PostgresAddress, version: number) {
    super(address, version);
    this.#container = container;
  }

  /** Starts the official image of a major version. */
  static async create(major: number, settings: Readonly<Record<string, string>>): Promise<ContainerServer> {
    // testcontainers is slow to load, and most machines that run the tests do not need it.
    const { GenericContainer, Wait } = await import('testcontainers');
    const password = randomBytes(12).toString('hex');
    const container = await new GenericContainer(`postgres:${major}`)
      .withEnvironment({ POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C' })
      .withCommand(['postgres', ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])])
      .withExposedPorts(5432)
      // The image starts the server once for its own setup, and then again.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .start();
    const [host, port] = [container.getHost(), container.getMappedPort(5432)];
    return new ContainerServer(container, { host, port, superuser: 'postgres', password }, major);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.stop();
  }
}
