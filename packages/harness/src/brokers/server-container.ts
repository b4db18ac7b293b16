import { text } from 'node:stream/consumers';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { withDeadline } from '../deadline.ts';
import { waitFor } from '../wait-for.ts';
import type { BrokerServer, ServerRecipe } from './broker-server.ts';

const startDeadline = 120_000;
const stopTimeout = 30;

/** A container as the client of the Docker Engine API knows it. */
type EngineContainer = Awaited<ReturnType<typeof engineContainer>>;

/** The server of a recipe in a Docker container, with the same ports of this machine after each start. */
export class ServerContainer implements BrokerServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #recipe: ServerRecipe;
  readonly #started: StartedTestContainer;
  readonly #container: EngineContainer;
  readonly #tool: readonly string[];

  private constructor(
    recipe: ServerRecipe,
    started: StartedTestContainer,
    container: EngineContainer,
    tool: readonly string[],
  ) {
    this.#recipe = recipe;
    this.#started = started;
    this.#container = container;
    this.#tool = tool;
    this.port = recipe.ports[0];
  }

  /** Creates a container and starts it. */
  static async start(recipe: ServerRecipe): Promise<ServerContainer> {
    const { GenericContainer } = await import('testcontainers');
    const { image, imageFolder: folder, ports } = recipe;
    const place = { folder, address: '0.0.0.0', port: ports[0] };
    const { args, env = {}, files = {}, tool = [] } = recipe.asContainer(place);
    const started = await withOwnReadiness(new GenericContainer(image))
      .withCommand([...args])
      .withEnvironment(env)
      .withCopyContentToContainer(Object.entries(files).map(([target, content]) => ({ target, content })))
      .withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
      .start();
    const server = new ServerContainer(recipe, started, await engineContainer(started.getId()), tool);
    try {
      await server.#becomesReady();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async start(): Promise<void> {
    await this.#container.start();
    await this.#becomesReady();
  }

  async stop(): Promise<void> {
    if (await this.#isRunning()) await this.#container.stop({ t: stopTimeout });
  }

  async kill(): Promise<void> {
    if (!(await this.#isRunning())) return;
    await this.#container.kill();
    await this.#container.wait();
  }

  async administrate(...args: readonly string[]): Promise<void> {
    const command = [...this.#tool, ...args];
    const { exitCode, output } = await this.#started.exec(command);
    if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true, v: true });
  }

  async #becomesReady(): Promise<void> {
    const { name, isReady } = this.#recipe;
    const probe = async () => !(await this.#isRunning()) || isReady(this.port);
    await waitFor(probe, { what: `${name} to be ready in its container`, deadline: startDeadline });
    if (await this.#isRunning()) return;
    const log = await text(await this.#started.logs({ tail: 50 }));
    throw new Error(`${name} did not start in its container:\n${log}`);
  }

  async #isRunning(): Promise<boolean> {
    return (await this.#container.inspect()).State.Running;
  }
}

/**
 * Pulls an image unless it is here.
 *
 * @throws Error with the reason why Docker cannot run it here
 */
export async function prepareImage(name: string): Promise<void> {
  const { getContainerRuntimeClient, getReaper, ImageName } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const { host } = client.info.containerRuntime;
  if (!['localhost', '127.0.0.1'].includes(host)) throw new Error(`it publishes ports at ${host} instead of 127.0.0.1`);
  const image = ImageName.fromString(name);
  const prepare = async () => {
    await client.image.pull(image);
    // A failed download does not reject the promise of pull().
    await client.image.inspect(image);
    // It removes containers of tests that were killed, and is the first container that has to run.
    await getReaper(client);
  };
  await withDeadline(prepare(), 300_000, `the image ${name}`);
}

/** Leaves the question whether the server is ready to the recipe, since images without a shell cannot answer it. */
function withOwnReadiness(container: GenericContainer): GenericContainer {
  const strategy = {
    waitUntilReady: async () => undefined,
    withStartupTimeout: () => strategy,
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => 0,
  };
  return container.withWaitStrategy(strategy);
}

/** testcontainers itself can neither kill a container nor start it again. */
async function engineContainer(id: string) {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return (await getContainerRuntimeClient()).container.getById(id);
}
