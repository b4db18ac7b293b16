// Subscribes, and tells when the first and so many events have arrived, and whether in order: their first argument counts up from 1.
import { WebSocket } from 'ws';

const { url, topic, count } = JSON.parse(process.argv[2] ?? '{}') as { url: string; topic: string; count: number };
const socket = new WebSocket(url, 'wamp.2.json', { perMessageDeflate: false });
let received = 0;
let ordered = true;

socket.on('open', () => socket.send(JSON.stringify([1, 'realm1', { roles: { subscriber: {} } }])));
socket.on('message', (data: Buffer) => {
  const message = JSON.parse(data.toString());
  if (message[0] === 36) receive(message[4][0]);
  else if (message[0] === 2) socket.send(JSON.stringify([32, 1, {}, topic]));
  else if (message[0] === 33) console.log(JSON.stringify({ subscribed: true }));
});

function receive(number: number): void {
  received += 1;
  ordered &&= number === received;
  if (received === 1) console.log(JSON.stringify({ first: Date.now() }));
  if (received === count) console.log(JSON.stringify({ received, ordered, at: Date.now() }));
}
