import type { Endpoint } from '../../src/wamp/index.ts';
import { type JoinVariant, joinScripted, type ScriptedSession } from './join.ts';

/** A session with one registration, which has id 7, and whose router a test plays itself. */
export async function joinCallee(endpoint: Endpoint, variant: JoinVariant = {}): Promise<ScriptedSession> {
  const test = await joinScripted(variant);
  const registering = test.session.register('com.example.procedure', endpoint);
  const [, request] = await test.peer.next();
  test.peer.send([65, request, 7]);
  await registering;
  return test;
}
