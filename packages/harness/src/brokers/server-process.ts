import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withDeadline } from '../deadline.ts';
import { startWatchdog, type Watchdog } from '../postgres/watchdog.ts';
import { waitFor } from '../wait-for.ts';
import type { BrokerServer, ProcessCommand, ServerRecipe } from './broker-server.ts';

const run = promisify(execFile);
const startDeadline = 90_000;
const stopDeadline = 30_000;

type ProcessRecipe = Pick<ServerRecipe, 'name' | 'ports' | 'asProcess' | 'isReady'>;

/** The server of a recipe as a process of this machine. */
export class ServerProcess implements BrokerServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #recipe: ProcessRecipe;
  readonly #folder: string;
  readonly #command: ProcessCommand;
  readonly #watchdog: Watchdog;
  #child: ChildProcess | undefined;

  private constructor(recipe: ProcessRecipe, folder: string) {
    this.#recipe = recipe;
    this.#folder = folder;
    this.port = recipe.ports[0];
    this.#command = recipe.asProcess({ folder, address: this.host, port: this.port });
    this.#watchdog = startWatchdog(folder, 'KILL');
  }

  /** Starts a new server in a new folder. */
  static async start(recipe: ProcessRecipe): Promise<ServerProcess> {
    const server = new ServerProcess(recipe, await mkdtemp(join(tmpdir(), `pgwamp-${recipe.name}-`)));
    try {
      await server.#prepare();
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

  async administrate(...args: readonly string[]): Promise<void> {
    await this.#runTool([...(this.#command.tool ?? []), ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#watchdog[Symbol.dispose]();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #prepare(): Promise<void> {
    const { files = {}, first } = this.#command;
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    if (first) await this.#runTool(first);
  }

  async #runTool([program = '', ...args]: readonly string[]): Promise<void> {
    await run(program, args, { cwd: this.#folder, env: { ...process.env, ...this.#command.env } });
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

/** The path of a program that is installed. */
export function programPath(name: string): string {
  return findProgram(name) ?? name;
}
