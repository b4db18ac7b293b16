import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { answers, freePort, startProcess, waitFor } from '@pgwamp/harness';
import type { BenchDatabase } from '../database.ts';

const processOf = (name: string) => new URL(`../processes/${name}.ts`, import.meta.url).pathname;

/** A server that sends notifications to WebSockets at `/listen/{channel}`. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
}

/** A Gateway in a process of its own. */
export interface GatewaySubject extends Subject {
  /** Milliseconds of processor time that it has used. */
  processorTime(): Promise<number>;
}

/** The superuser's connection options, as JSON for a process. */
export function superuser({ database }: BenchDatabase) {
  const { host, port, user, password } = database.config;
  return { host, port, database: database.name, user, password };
}

/** The gateway, and its controls. pg_eventserv is among them only where `PG_EVENTSERV` names its executable. */
export function subjects(bench: BenchDatabase): readonly (() => Promise<Subject>)[] {
  const gateway = () => nodeSubject('pgwamp', 'gateway', gatewayExtra(bench));
  const sketch = () => nodeSubject('plain ws + pg', 'gateway-sketch', superuser(bench));
  const executable = process.env.PG_EVENTSERV;
  if (executable) return [gateway, sketch, () => eventserv(executable, bench)];
  return [gateway, sketch];
}

/** `extra` of a Gateway. */
export function gatewayExtra(bench: BenchDatabase) {
  return {
    database: superuser(bench),
    endpoint: { type: 'tcp', port: 0 },
    limits: { max_buffer: '256MB' },
    history: { messages: 10_000, bytes: '64MB' },
  };
}

/** Starts a Gateway, or what takes its place. */
export async function nodeSubject(name: string, file: string, argument: object): Promise<GatewaySubject> {
  const running = await startProcess(processOf(file), { args: [JSON.stringify(argument)] });
  const { port } = await running.waitFor((message) => 'port' in message);
  return {
    ...{ name, port: port as number },
    async processorTime() {
      const told = running.messages.length;
      running.kill('SIGUSR2');
      const { processorTime } = await running.waitFor(
        (message) => 'processorTime' in message && running.messages.indexOf(message) >= told,
      );
      return processorTime as number;
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function eventserv(executable: string, { database }: BenchDatabase): Promise<Subject> {
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: database.url, ES_HTTPPORT: String(port), ES_HTTPHOST: '127.0.0.1' };
  const child = spawn(executable, [], { env, stdio: 'ignore' });
  await waitFor(() => answers(port), { what: 'pg_eventserv to listen' });
  return {
    ...{ name: 'pg_eventserv', port },
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'close');
    },
  };
}

/** Starts sockets of a subject. */
export async function startLoad(
  subject: Subject,
  load: { sockets: number; frames: number; path?: string; subprotocol?: string },
) {
  const argument = { port: subject.port, path: '/listen/bench', ...load };
  const running = await startProcess(processOf('gateway-load'), { args: [JSON.stringify(argument)] });
  await running.waitFor({ open: load.sockets }, 60_000);
  return running;
}

/** Starts a process that only LISTENs. */
export async function startListening(bench: BenchDatabase, count: number) {
  const args = [JSON.stringify(superuser(bench)), String(count)];
  const running = await startProcess(processOf('gateway-listen'), { args });
  await running.waitFor({ open: 1 });
  return running;
}
