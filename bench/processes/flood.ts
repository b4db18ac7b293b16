// A router that is flooded from within its own process when somebody has subscribed: by a publisher with the window of ours, which the
// router acknowledges.
import { createRouter } from '@pgwamp/router';
import { someSubscriber } from '../wait-for-subscriber.ts';

const { topic, count } = JSON.parse(process.argv[2] ?? '{}') as { topic: string; count: number };
const window = 256;
const router = createRouter({ realms: ['realm1'] });
const { url } = await router.listen();
console.log(JSON.stringify({ url }));
await someSubscriber(router);

const socket = router.attach();
const welcomed = Promise.withResolvers<void>();
socket.onframe = () => welcomed.resolve();
socket.send(JSON.stringify([1, 'realm1', { roles: { publisher: {} } }]));
await welcomed.promise;
const filler = 'x'.repeat(180);
let sent = 0;
let acknowledged = 0;
socket.onframe = () => {
  acknowledged += 1;
  if (sent - acknowledged === window / 2) send();
};
console.log(JSON.stringify({ started: Date.now() }));
send();

function send(): void {
  const end = Math.min(acknowledged + window, count);
  while (sent < end) {
    sent += 1;
    socket.send(`[16,${sent},{"acknowledge":true},"${topic}",[${sent}, "${filler}"]]`);
  }
}
