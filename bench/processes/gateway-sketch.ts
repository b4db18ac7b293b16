// The obvious implementation: LISTEN with pg, and a loop over the sockets of ws. The argument is the connection's
// options.
import type { AddressInfo } from 'node:net';
import { connect } from '@pgwamp/harness';
import { type WebSocket, WebSocketServer } from 'ws';

const client = await connect(JSON.parse(process.argv[2] ?? '{}'));
const sockets = new Set<WebSocket>();
client.on('notification', ({ payload }) => {
  for (const socket of sockets) socket.send(payload ?? '');
});
await client.query('LISTEN bench');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, clientTracking: false });
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
server.on('listening', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
