import type { Socket } from 'node:net';

/** Makes one write of all that is written to a socket in a turn of the event loop. The result is to be called before each. */
export function corkFor(socket: Socket): () => void {
  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  return () => {
    if (corked) return;
    corked = true;
    socket.cork();
    process.nextTick(uncork);
  };
}
