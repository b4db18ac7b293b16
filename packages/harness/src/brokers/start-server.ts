import type { BrokerServer, ServerRecipe, ServerSource } from './broker-server.ts';
import { ServerContainer } from './server-container.ts';
import { ServerProcess } from './server-process.ts';

/** Whether the server of this machine is used: it is installed, and the variable `TEST_BROKERS` does not ask for Docker. */
export function isOfThisMachine(source: ServerSource): boolean {
  return process.env.TEST_BROKERS !== 'docker' && source.isInstalled();
}

/** Starts a server as a process if it is installed, else in a container. */
export function startServer(recipe: ServerRecipe): Promise<BrokerServer> {
  return isOfThisMachine(recipe) ? ServerProcess.start(recipe) : ServerContainer.start(recipe);
}
