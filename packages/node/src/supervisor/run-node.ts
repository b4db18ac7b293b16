import { constants } from 'node:os';
import { resolve } from 'node:path';
import { AdminServer } from '../admin/admin-server.ts';
import { type NodeConfiguration, readNode } from '../configuration/read-node.ts';
import { NodeConfigurationError } from '../errors.ts';
import { exitCodeOf } from '../exit-codes.ts';
import type { Hangups } from './hangups.ts';
import { type LogFormat, openLog } from './log.ts';
import { NodeHost } from './node-host.ts';
import { ReloadListeners } from './reload-listeners.ts';

/** The options of running a node. */
export interface RunOptions {
  readonly format: LogFormat;
  /** The lowest level to log. */
  readonly level: string;
  /** Whether keys that only Crossbar.io supports are ignored when the configuration is read again. */
  readonly lenient: boolean;
  readonly hangups: Hangups;
}

type EndSignal = 'SIGINT' | 'SIGTERM';

/**
 * Runs a node until a signal ends it or a worker is given up.
 *
 * @returns the exit code of the process.
 */
export async function runNode(first: NodeConfiguration, options: RunOptions): Promise<number> {
  const { format, level, lenient, hangups } = options;
  const log = await openLog(format, level);
  const file = resolve(first.file);
  // Relative paths in the configuration refer to its folder.
  process.chdir(first.folder);
  const { logger } = log;
  const host = new NodeHost(first, log);
  const signal = nextSignal();
  await using admin = new AdminServer(host, logger);
  await using listeners = new ReloadListeners(logger, () => queueReload());

  let isStopping = false;
  async function reload(): Promise<void> {
    isQueued = false;
    if (isStopping) return;
    try {
      const configuration = await readNode(file, { lenient });
      await admin.listen(configuration.node.controller.admin);
      await host.apply(configuration);
      await listeners.apply(configuration.node);
    } catch (error) {
      const problems = error instanceof NodeConfigurationError ? { problems: error.problems } : { err: error };
      logger.error(problems, 'configuration not applied, nothing was changed: %s', (error as Error).message);
    }
  }

  let reloads = Promise.resolve();
  let isQueued = false;
  const queueReload = () => {
    // One that has not begun yet will read the latest file.
    if (!isQueued) reloads = reloads.then(reload);
    isQueued = true;
  };
  try {
    logger.info('starting %s', first.file);
    await admin.listen(first.node.controller.admin);
    if (admin.address) logger.info({ admin: admin.address }, 'admin endpoint at %s', admin.address);
    hangups.handle(queueReload);
    // The worker processes load their code while this process loads the code of the admin endpoint.
    const started = Promise.all([host.start(), listeners.apply(first.node)]).then(
      ([isReady]) => isReady && logger.info('node is ready'),
    );
    const ended = await Promise.race([started.then(() => undefined), host.failed, signal]);
    return codeOf(ended ?? (await Promise.race([host.failed, signal])));
  } catch (error) {
    logger.error({ code: (error as { code?: string }).code }, (error as Error).message);
    return exitCodeOf(error);
  } finally {
    process.once('SIGINT', () => host.kill());
    process.once('SIGTERM', () => host.kill());
    isStopping = true;
    logger.info('stopping');
    await Promise.all([host.stop(), reloads]);
    logger.info('stopped');
  }
}

function nextSignal(): Promise<EndSignal> {
  const { promise, resolve } = Promise.withResolvers<EndSignal>();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  return promise;
}

function codeOf(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}
