import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withDeadline } from '../deadline.ts';
import { freePort } from '../free-port.ts';
import { startWatchdog, type Watchdog } from '../postgres/watchdog.ts';
import { waitFor } from '../wait-for.ts';

const startDeadline = 90_000;
const stopDeadline = 30_000;

/** A server that a test has started. It can be killed and restarted with all data that it had written. */
export interface Broker extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Stops it gracefully. */
  stop(): Promise<void>;
  /** Kills it, like a crash. */
  kill(): Promise<void>;
  /** Starts it again, on its port; resolves when it is ready. */
  start(): Promise<void>;
}

/** The recipe of a server that runs in the foreground, in its own folder. */
export interface ServerRecipe {
  /** The name in errors. */
  readonly name: string;
  /** Writes its configuration into the folder and returns the command to run. */
  prepare(folder: string, port: number): Promise<ServerCommand> | ServerCommand;
  /** Whether it can be used. */
  isReady(port: number): Promise<boolean>;
}

/** The command to run. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The server process of a recipe. */
export class ServerProcess implements Broker {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #recipe: ServerRecipe;
  readonly #folder: string;
  readonly #command: ServerCommand;
  readonly #watchdog: Watchdog;
  #child: ChildProcess | undefined;

  private constructor(recipe: ServerRecipe, folder: string, port: number, command: ServerCommand) {
    this.#recipe = recipe;
    this.#folder = folder;
    this.port = port;
    this.#command = command;
    this.#watchdog = startWatchdog(folder, 'KILL');
  }

  /** Starts a new server on a free port. */
  static async start(recipe: ServerRecipe): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), `pgwamp-${recipe.name}-`));
    const port = await freePort();
    const server = new ServerProcess(recipe, folder, port, await recipe.prepare(folder, port));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'server.log'), 'a');
    const { program, args, env } = this.#command;
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = error;
    });
    this.#watchdog.watch(child.pid ?? 0);
    const hasEnded = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    const probe = async () => hasEnded() || this.#recipe.isReady(this.port);
    await waitFor(probe, { what: `${this.#recipe.name} to be ready`, deadline: startDeadline });
    if (!hasEnded()) return;
    const text = await readFile(join(this.#folder, 'server.log'), 'utf8');
    throw new Error(`${this.#recipe.name} did not start: ${failure?.message ?? ''}\n${text.slice(-4000)}`);
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#watchdog[Symbol.dispose]();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    child.kill(signal);
    await withDeadline(gone, stopDeadline, `${this.#recipe.name} to end by ${signal}`);
    this.#watchdog.watch(0);
  }
}

/** A program on the PATH or in the folders of Debian's servers; undefined if it does not exist. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Whether a server answers.
 *
 * @param greeting - the data to send
 * @param isAnswer - whether an answer is correct; without it, a connection is enough
 */
export function answers(port: number, greeting?: Buffer, isAnswer?: (data: Buffer) => boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(2000, () => resolve(false));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  socket.on('connect', () => (greeting ? socket.write(greeting) : resolve(true)));
  socket.on('data', (data) => resolve(isAnswer?.(data) ?? true));
  return promise.finally(() => socket.destroy());
}
