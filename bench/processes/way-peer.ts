// A router, and a peer of it, in a thread of their own: what runs there is not counted. The peer registers com.example.answer and subscribes
// to com.example.topic. It calls com.example.add2 when told 'call', publishes to com.example.heard when told 'publish', and tells of every
// RESULT and EVENT.
import { parentPort } from 'node:worker_threads';
import { type FrameSocket, MessageType } from '@pgwamp/protocol';
import { createRouter } from '@pgwamp/router';

const router = createRouter({ realms: ['realm1'] });
const { url } = await router.listen();
const socket: FrameSocket = router.attach();
const roles = { caller: {}, callee: {}, publisher: {}, subscriber: {} };
let request = 0;
let answered = Promise.withResolvers<void>();

socket.onframe = (frame) => {
  const [type, id] = JSON.parse(frame);
  if (type === MessageType.INVOCATION) send([MessageType.YIELD, id, {}, [42]]);
  else if (type === MessageType.EVENT) parentPort?.postMessage('event');
  else answered.resolve();
};

function send(message: readonly unknown[]): void {
  socket.send(JSON.stringify(message));
}

async function ask(message: readonly unknown[]): Promise<void> {
  answered = Promise.withResolvers();
  send(message);
  await answered.promise;
}

await ask([MessageType.HELLO, 'realm1', { roles }]);
await ask([MessageType.REGISTER, ++request, {}, 'com.example.answer']);
await ask([MessageType.SUBSCRIBE, ++request, {}, 'com.example.topic']);

parentPort?.on('message', async (what: 'call' | 'publish') => {
  if (what === 'publish') return send([MessageType.PUBLISH, ++request, {}, 'com.example.heard', [request]]);
  await ask([MessageType.CALL, ++request, {}, 'com.example.add2', [1, 2]]);
  parentPort?.postMessage('answer');
});
parentPort?.postMessage(url);
