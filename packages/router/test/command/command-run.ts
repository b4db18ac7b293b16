import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from '../support/deadline.ts';

const COMMAND = fileURLToPath(new URL('../../src/command/wamp-router.ts', import.meta.url));

/** The exit of the command, and its output. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command in a process of its own. */
export class CommandRun implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  #stdout = '';
  #stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stdout?.on('data', (data) => {
      this.#stdout += data;
    });
    child.stderr?.on('data', (data) => {
      this.#stderr += data;
    });
  }

  static start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): CommandRun {
    const env = { ...process.env, ...environment };
    return new CommandRun(spawn(process.execPath, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** The first line on standard output. */
  async firstLine(): Promise<string> {
    const { stdout } = this.#child;
    while (!this.#stdout.includes('\n')) {
      if (stdout === null || stdout.readableEnded) throw new Error(`it has ended: ${this.#stderr}`);
      await within(Promise.race([once(stdout, 'data'), once(stdout, 'end')]), 'a line from the command', 20_000);
    }
    return this.#stdout.slice(0, this.#stdout.indexOf('\n'));
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  async end(): Promise<CommandEnd> {
    const [code] = await within(this.#closed, 'the command ends', 20_000);
    return { code: code as number | null, stdout: this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
