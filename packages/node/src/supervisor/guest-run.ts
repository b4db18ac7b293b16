import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { GuestOptions } from '../configuration/node-schema.ts';
import type { Log } from './log.ts';
import type { Ending, Run } from './run.ts';

/**
 * Starts the executable of a guest worker.
 *
 * @param folder what its working directory is relative to.
 */
export function startGuest(id: string, guest: GuestOptions, folder: string, log: Log): Run {
  const { workdir, stdin, stdout, stderr } = guest.options;
  const output = { log: 'pipe', drop: 'ignore', close: 'ignore' } as const;
  const cwd = resolve(folder, workdir ?? '.');
  const child = spawn(executableOf(guest, cwd), guest.arguments, {
    cwd,
    env: environmentOf(guest),
    stdio: [stdin === 'close' ? 'ignore' : 'pipe', output[stdout], output[stderr]],
  });
  if (child.stdout) log.collect(id, 'stdout', child.stdout);
  if (child.stderr) log.collect(id, 'stderr', child.stderr);
  if (child.stdin && stdin !== 'close') feed(child.stdin, stdin);
  return guestRun(child, guest);
}

/** As in Crossbar.io: a name is looked up in PATH, a path with a slash is relative to the working directory. */
function executableOf({ executable }: GuestOptions, cwd: string): string {
  return executable.includes('/') ? resolve(cwd, executable) : executable;
}

function environmentOf({ options: { env } }: GuestOptions): NodeJS.ProcessEnv {
  const { inherit, vars } = env;
  const inherited = Array.isArray(inherit)
    ? Object.fromEntries(inherit.map((name) => [name, process.env[name]]))
    : inherit
      ? process.env
      : {};
  return { ...inherited, ...vars };
}

function feed(stream: NodeJS.WritableStream, { value, close }: Exclude<GuestOptions['options']['stdin'], 'close'>): void {
  // A guest that does not read its input, or ends before, is free to.
  stream.on('error', () => undefined);
  stream.write(JSON.stringify(value));
  if (close) stream.end();
}

function guestRun(child: ChildProcess, { executable }: GuestOptions): Run {
  return {
    pid: child.pid,
    ready: once(child, 'spawn').then(() => []),
    ended: Promise.race([once(child, 'close').then(closed), failed(child, executable)]),
    stop: () => child.kill('SIGTERM'),
    kill: () => child.kill('SIGKILL'),
    report: async () => undefined,
    tell: () => undefined,
  };
}

function closed([code, signal]: unknown[]): Ending {
  return { code: code as number | null, signal: signal as NodeJS.Signals | null };
}

/** An executable that cannot be started has no process whose end could be waited for. */
async function failed(child: ChildProcess, executable: string): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  child.once('error', (error: NodeJS.ErrnoException) => {
    const message = `cannot start ${executable}: ${error.message}`;
    resolve({ code: null, signal: null, failure: { code: error.code ?? 'ERROR', message, exitCode: 2 } });
  });
  return promise;
}
