// A router that is flooded from within its own process, as fast as its receivers take, when somebody has subscribed.
import { setImmediate as turn } from 'node:timers/promises';
import { createRouter } from '@pgwamp/router';
import { someSubscriber } from '../wait-for-subscriber.ts';

const { topic, count } = JSON.parse(process.argv[2] ?? '{}') as { topic: string; count: number };
const perTurn = 500;
const router = createRouter({ realms: ['realm1'] });
const { url } = await router.listen();
console.log(JSON.stringify({ url }));
await someSubscriber(router);

const socket = router.attach();
const welcomed = Promise.withResolvers<void>();
socket.onframe = () => welcomed.resolve();
socket.send(JSON.stringify([1, 'realm1', { roles: { publisher: {} } }]));
await welcomed.promise;
console.log(JSON.stringify({ started: Date.now() }));
const filler = 'x'.repeat(180);
for (let number = 1; number <= count; number += 1) {
  socket.send(`[16,${number},{},"${topic}",[${number}, "${filler}"]]`);
  if (number % perTurn === 0) await turn();
}
