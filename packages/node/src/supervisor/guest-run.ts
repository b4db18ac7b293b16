import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { GuestOptions } from '../configuration/node-schema.ts';
import { exitCodes } from '../exit-codes.ts';
import { environmentOf } from './environment.ts';
import type { Log } from './log.ts';
import { type Ending, onEnd, type Run } from './run.ts';

/**
 * Starts the executable of a guest worker.
 *
 * @param folder the folder that its working directory is relative to.
 */
export function startGuest(id: string, guest: GuestOptions, folder: string, log: Log): Run {
  const { workdir, stdin, stdout, stderr } = guest.options;
  const output = { log: 'pipe', drop: 'ignore', close: 'ignore' } as const;
  const cwd = resolve(folder, workdir ?? '.');
  const child = spawn(executableOf(guest, cwd), guest.arguments, {
    cwd,
    env: environmentOf(guest.options.env),
    stdio: [stdin === 'close' ? 'ignore' : 'pipe', output[stdout], output[stderr]],
  });
  if (child.stdout) log.collect(id, 'stdout', child.stdout);
  if (child.stderr) log.collect(id, 'stderr', child.stderr);
  if (child.stdin && stdin !== 'close') feed(child.stdin, stdin);
  return guestRun(child, guest);
}

/** As in Crossbar.io: a name is looked up in PATH; a path with a slash is relative to the working directory. */
function executableOf({ executable }: GuestOptions, cwd: string): string {
  return executable.includes('/') ? resolve(cwd, executable) : executable;
}

function feed(
  stream: NodeJS.WritableStream,
  { value, close }: Exclude<GuestOptions['options']['stdin'], 'close'>,
): void {
  // A guest may ignore its input, or end before it was read.
  stream.on('error', () => undefined);
  stream.write(JSON.stringify(value));
  if (close) stream.end();
}

/** The message of the operating system does not name the file. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file is missing, or its interpreter or options.workdir is',
  EACCES: 'it is not a program, or this user may not execute it',
};

function guestRun(child: ChildProcess, { executable }: GuestOptions): Run {
  const ready = Promise.withResolvers<readonly string[]>();
  const ended = Promise.withResolvers<Ending>();
  child.once('spawn', () => ready.resolve([]));
  onEnd(child, (code, signal) => ended.resolve({ code, signal }));
  // An executable that cannot be started has no process, so `exit` is never emitted.
  child.once('error', ({ code = 'ERROR', message }: NodeJS.ErrnoException) => {
    const reason = reasons[code] ?? message;
    const failure = { code, message: `cannot start ${executable}: ${reason}`, exitCode: exitCodes.usage };
    ended.resolve({ code: null, signal: null, failure });
  });
  return {
    pid: child.pid,
    ready: ready.promise,
    ended: ended.promise,
    stop: () => child.kill('SIGTERM'),
    kill: () => child.kill('SIGKILL'),
    report: async () => undefined,
    findPublications: async () => [],
    listSessions: async () => undefined,
    closeSession: async () => false,
    tell: () => undefined,
  };
}
