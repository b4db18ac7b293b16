import { createRouter, type Listener, type Router } from '@pgwamp/router';
import { servePage } from '../page.ts';

export const realm = 'realm1';

/** The users, as in the JSON of a node. In production, secrets come from the environment or a database. */
const users = {
  ada: { secret: 'ada', role: 'user' },
  grace: { secret: 'grace', role: 'user' },
};

/** The permissions of users. PostgreSQL decides whose lists they may use. */
const permissions = [
  { uri: 'com.example.todo.', match: 'prefix', allow: { call: true } },
  { uri: 'com.example.todo.changed', match: 'exact', allow: { subscribe: true } },
  // Only what the router says of the publisher can be believed, so it says it.
  { uri: 'com.example.todo.looked', match: 'exact', allow: { publish: true }, disclose: { publisher: true } },
] as const;

/** A realm with one role for users; `trusted`, for components in this process, is there by itself. */
export function createTodoRouter(): Router {
  return createRouter({ realms: [{ name: realm, roles: [{ name: 'user', permissions }] }] });
}

/** Serves the page and WAMP on a port, or on another if that one is taken. */
export function listen(router: Router, port: number): Promise<Listener> {
  const ws = { type: 'websocket', auth: { wampcra: { type: 'static', users } } } as const;
  return servePage(router, new URL('page', import.meta.url), port, ws);
}
