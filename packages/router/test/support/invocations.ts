import { MessageType } from '@pgwamp/protocol';
import type { WampClient } from './wamp-client.ts';

/** The first arguments of the invocations that have arrived. */
export async function invoked(callee: WampClient): Promise<unknown[]> {
  return (await callee.pending()).map((frame) => JSON.parse(frame)[4]?.[0]);
}

/** Makes calls whose only argument is their request id. */
export function callTimes(caller: WampClient, procedure: string, count: number, options: object = {}): void {
  for (let made = 0; made < count; made++) {
    const request = caller.nextRequest();
    caller.send([MessageType.CALL, request, options, procedure, [request]]);
  }
}
