import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { withDeadline } from '../deadline.ts';
import { type ResidentBytes, residentBytes } from './memory.ts';

/** One line of a process's standard output that is a JSON object. */
export type ProcessMessage = Readonly<Record<string, unknown>>;

/** The end of a process: an exit code, or a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The options of a process. */
export interface ProcessOptions {
  /** The executable of Node.js. Default: that of this process. */
  readonly executable?: string | undefined;
  readonly args?: readonly string[];
  /** Additional environment variables; `undefined` removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Options of Node.js itself, such as memory limits, in addition to those of the current `NODE_OPTIONS`. */
  readonly nodeOptions?: string | undefined;
}

const guard = join(import.meta.dirname, 'orphan-guard.mjs');

/** A Node.js process that a test has started. Disposing of it kills it. */
export class RunningProcess implements AsyncDisposable {
  readonly pid: number;
  /** Resolves to its end. */
  readonly exited: Promise<ProcessExit>;
  /** Its messages so far: the lines of its standard output that are JSON objects. */
  readonly messages: readonly ProcessMessage[];
  readonly #child: ChildProcess;
  readonly #changes = new EventEmitter();
  #output = '';
  #closed = false;

  constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#changes.setMaxListeners(0);
    const messages: ProcessMessage[] = [];
    this.messages = messages;
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#read(line, messages));
    }
    child.once('close', () => {
      this.#closed = true;
      this.#changes.emit('change');
    });
  }

  /** Its whole output on standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal; default: SIGKILL. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /**
   * The first message that satisfies `predicate`, past or future.
   *
   * @param predicate - a function, or the fields that the message must have
   * @param deadline - the time limit in milliseconds; default: 40 seconds, since a busy machine starts a node in 20
   * @throws Error with the output of the process, when the deadline has passed or the process has ended before
   */
  async waitFor(
    predicate: ProcessMessage | ((message: ProcessMessage) => boolean),
    deadline = 40_000,
  ): Promise<ProcessMessage> {
    const matches = typeof predicate === 'function' ? predicate : hasFields(predicate);
    const what = `a message ${inspect(predicate)}`;
    try {
      return await withDeadline(this.#find(matches, what), deadline, what);
    } catch (error) {
      throw new Error(`${(error as Error).message}; output of process ${this.pid}:\n${this.#output}`, { cause: error });
    }
  }

  /** Its resident memory; undefined if the system does not report it. */
  residentBytes(): Promise<ResidentBytes | undefined> {
    return residentBytes(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.kill('SIGKILL');
    await this.exited;
  }

  async #find(matches: (message: ProcessMessage) => boolean, what: string): Promise<ProcessMessage> {
    for (let next = 0; ; ) {
      for (const message of this.messages.slice(next)) if (matches(message)) return message;
      next = this.messages.length;
      // The pipe may still contain output after the process has ended.
      if (this.#closed) throw new Error(`the process ended before ${what}`);
      await once(this.#changes, 'change');
    }
  }

  #read(line: string, messages: ProcessMessage[]): void {
    this.#output += `${line}\n`;
    const message = parse(line);
    if (message) messages.push(message);
    this.#changes.emit('change');
  }
}

function hasFields(fields: ProcessMessage): (message: ProcessMessage) => boolean {
  return (message) => Object.entries(fields).every(([name, value]) => message[name] === value);
}

function parse(line: string): ProcessMessage | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // The text only resembles a message, for example an inspected object; it stays in the output.
    return undefined;
  }
}

/**
 * Starts a TypeScript or JavaScript file in a separate Node.js process. Its messages are JSON objects, one per line of
 * its standard output.
 */
export async function startProcess(file: string, options: ProcessOptions = {}): Promise<RunningProcess> {
  const { executable = process.execPath, args = [], cwd, env, nodeOptions = '' } = options;
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${nodeOptions}`.trim();
  const child = spawn(executable, ['--import', guard, file, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  return new RunningProcess(child, child.pid ?? 0);
}
