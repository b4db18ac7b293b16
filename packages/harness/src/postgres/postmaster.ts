import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { withDeadline } from '../deadline.ts';
import { waitFor } from '../wait-for.ts';
import { superuserConfig } from './address.ts';
import { type Cluster, serverEnvironment } from './cluster.ts';
import { connect } from './connect.ts';

/** The shutdown mode of PostgreSQL: `fast` disconnects clients and writes a checkpoint, `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const startDeadline = 60_000;
const stopDeadline = 20_000;

/** The port was taken between the check and the start of the server. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** The running server process of a cluster. */
export class Postmaster {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Starts the server without waiting until it is ready. */
  static launch(cluster: Cluster, port: number): Postmaster {
    const log = openSync(cluster.logFile, 'a');
    const child = spawn(cluster.program, ['-D', cluster.data, '-p', String(port)], {
      ...cluster.user,
      cwd: cluster.folder,
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`cannot start ${cluster.program}`);
    return new Postmaster(child, child.pid);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when a connection succeeds. */
  async ready(cluster: Cluster, port: number): Promise<void> {
    const config = superuserConfig({ host: '127.0.0.1', port, superuser: 'postgres', password: cluster.password });
    const probe = async (): Promise<boolean> => {
      if (!this.running) return true;
      await using _connection = await connect(config);
      return true;
    };
    await waitFor(probe, { what: 'PostgreSQL to accept a connection', deadline: startDeadline });
    if (!this.running) await failed(cluster);
  }

  async stop(mode: StopMode): Promise<void> {
    if (!this.running) return;
    this.#child.ref();
    this.#child.kill(stopSignals[mode]);
    await withDeadline(this.#exited, stopDeadline, `PostgreSQL to shut down (${mode})`);
  }

  /** Stops the server, however busy it is. */
  async end(): Promise<void> {
    await this.stop('fast').catch(() => this.stop('immediate'));
  }
}

async function failed(cluster: Cluster): Promise<never> {
  const log = (await readFile(cluster.logFile, 'utf8')).slice(-4000);
  const message = `PostgreSQL did not start; the end of its log:\n${log}`;
  throw /could not bind|could not create any TCP\/IP sockets/.test(log)
    ? new PortTakenError(message)
    : new Error(message);
}
