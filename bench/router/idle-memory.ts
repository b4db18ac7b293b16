import { startProcess } from '@pgwamp/harness';
import type { Figure } from '../report.ts';

const server = new URL('../processes/router-serve.ts', import.meta.url).pathname;
const generator = new URL('../processes/router-load.ts', import.meta.url).pathname;
const sessions = 4000;
const warmUp = 100;

/** Bytes of a connection on which nothing happens any more. */
interface Memory {
  /** In V8's heap, and what objects there hold outside of it. */
  readonly used: number;
  /** By which the resident memory of the process has grown, which also depends on how V8 makes room. */
  readonly resident: number;
}

async function perConnection(echo: boolean): Promise<Memory> {
  await using subject = await startProcess(server, { args: [JSON.stringify({ echo, idle: sessions })] });
  const { url } = await subject.waitFor((message) => 'url' in message);
  const open = (count: number) =>
    startProcess(generator, { args: [JSON.stringify({ kind: 'idle', url, join: !echo, count })] });
  await using _first = await open(warmUp);
  await subject.waitFor({ warm: true });
  await using _all = await open(sessions);
  return (await subject.waitFor((message) => 'used' in message, 60_000)) as unknown as Memory;
}

/** The memory of a session without its WebSocket. */
export async function idleMemory(): Promise<readonly Figure[]> {
  const [bare, session] = [await perConnection(true), await perConnection(false)];
  const beyond = (part: keyof Memory) => (session[part] - bare[part]) / 1024;
  return [
    { what: 'in use by a connection of ws', value: bare.used / 1024, unit: 'KiB' },
    { what: 'in use by a session, beyond ws', value: beyond('used'), unit: 'KiB', atMost: 3.5 },
    { what: 'resident for a connection of ws', value: bare.resident / 1024, unit: 'KiB' },
    { what: 'resident for a session, beyond ws', value: beyond('resident'), unit: 'KiB', atMost: 12 },
  ];
}
