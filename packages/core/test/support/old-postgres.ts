import { createServer } from 'node:net';

const pid = 4711;

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => Buffer.from([value >> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const text = (value: string) => Buffer.from(`${value}\0`);
const ready = message('Z', Buffer.from('I'));

function row(name: string, type: number, value: string): Buffer {
  const column = [text(name), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)];
  const bytes = Buffer.from(value);
  return Buffer.concat([
    message('T', int16(1), ...column),
    message('D', int16(1), int32(bytes.length), bytes),
    message('C', text('SELECT 1')),
    ready,
  ]);
}

function answer(query: string): Buffer {
  if (query.includes('pg_backend_pid')) return row('pid', 23, String(pid));
  // The statement that sets all settings also reads the version.
  if (query.startsWith('SET search_path')) {
    return Buffer.concat([message('C', text('SET')), row('encoding', 25, 'UTF8')]);
  }
  if (query.includes('server_version')) return row('version', 25, '13.23');
  const fields = ['SERROR', 'VERROR', 'C42704', 'Munrecognized configuration parameter "idle_session_timeout"'];
  return Buffer.concat([message('E', ...fields.map(text), Buffer.from([0])), ready]);
}

/** A server that answers a client of pgwamp as PostgreSQL 13 does. */
export async function startOldPostgres() {
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(pid), int32(1)), ready]));
      socket.on('data', (data) => {
        if (data[0] === 0x51) socket.write(answer(data.toString('utf8', 5)));
      });
    });
    socket.on('error', () => socket.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
