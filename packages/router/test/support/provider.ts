import { MessageType } from '@pgwamp/protocol';
import type { Router } from '../../src/index.ts';
import { within } from './deadline.ts';

/** The answer of a provided procedure: arguments of the result, an error, or no answer at all. */
export type Answer = readonly unknown[] | { readonly error: string } | undefined;

/** A component in memory that provides one procedure, and keeps what it was called with. */
export interface Provider extends Disposable {
  readonly calls: (readonly unknown[])[];
  /** Answers the call that was left without an answer, the oldest first. */
  answer(result: Answer): void;
}

/** Has a component of the role `trusted` register a procedure. */
export async function provide(
  router: Router,
  procedure: string,
  answer: (...args: readonly unknown[]) => Answer,
  realm = 'realm1',
): Promise<Provider> {
  const socket = router.attach({ authrole: 'trusted' });
  const send = (message: readonly unknown[]) => socket.send(JSON.stringify(message));
  const calls: (readonly unknown[])[] = [];
  const waiting: number[] = [];
  const give = (invocation: number | undefined, result: Answer) => {
    if (result === undefined) waiting.push(invocation ?? 0);
    else if ('error' in result)
      send([
        MessageType.ERROR,
        MessageType.INVOCATION,
        invocation,
        {},
        result.error,
        ['words that nobody else is to read'],
      ]);
    else send([MessageType.YIELD, invocation, {}, result]);
  };
  const invoked = (invocation: number, args: readonly unknown[] = []) => {
    calls.push(args);
    give(invocation, answer(...args));
  };
  const registered = new Promise<void>((resolve) => {
    socket.onframe = (frame) => {
      const message = JSON.parse(frame);
      if (message[0] === 2) send([MessageType.REGISTER, 1, {}, procedure]);
      else if (message[0] === 65) resolve();
      else if (message[0] === 68) invoked(message[1], message[4]);
    };
  });
  send([MessageType.HELLO, realm, { roles: { callee: {} } }]);
  await within(registered, `${procedure} is registered`);
  return { calls, answer: (result) => give(waiting.shift(), result), [Symbol.dispose]: () => socket.close() };
}
