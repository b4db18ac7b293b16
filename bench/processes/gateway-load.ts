// Sockets of a gateway. It says when all are open, and then, each time that all have received as many frames as are wanted, when that was.
import { connect, type Socket } from 'node:net';
import { FrameReader } from '../gateway/frame-reader.ts';
import { handshake } from '../gateway/handshake.ts';

interface Load {
  readonly port: number;
  readonly path: string;
  readonly sockets: number;
  /** Frames of each socket in a round. */
  readonly frames: number;
  readonly subprotocol?: string;
}

const { port, path, sockets, frames, subprotocol } = JSON.parse(process.argv[2] ?? '{}') as Load;
const atOnce = 250;
let open = 0;
let complete = 0;

function start(): Promise<void> {
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', (error) => {
    throw error;
  });
  socket.write(handshake(path, subprotocol));
  const reader = new FrameReader();
  let head = '';
  let wanted = frames;
  const read = (chunk: Buffer) => {
    const last = reader.push(chunk);
    while (reader.count >= wanted) {
      wanted += frames;
      complete += 1;
      if (complete < sockets) continue;
      complete = 0;
      console.log(
        JSON.stringify({ at: performance.timeOrigin + performance.now(), last: last?.toString('latin1', 0, 40) }),
      );
    }
  };
  const readHead = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(head);
    socket.off('data', readHead).on('data', read);
    open += 1;
    resolve();
    const rest = Buffer.from(head.slice(end + 4), 'latin1');
    if (rest.length > 0) read(rest);
  };
  socket.on('data', readHead);
  return opened;
}

console.log(JSON.stringify({ begin: performance.timeOrigin + performance.now() }));
for (let first = 0; first < sockets; first += atOnce) {
  await Promise.all(Array.from({ length: Math.min(atOnce, sockets - first) }, start));
}
console.log(JSON.stringify({ open, opened: performance.timeOrigin + performance.now() }));
