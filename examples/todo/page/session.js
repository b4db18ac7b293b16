// The way to the database: WAMP, and nothing of our own in between.
import { sign } from './wampy/auth/wampcra/wampy-cra.js';
import { Wampy } from './wampy/wampy.js';

/** The events that the page receives, its own included. */
const changed = 'com.example.todo.changed';

/** Where the tab keeps who has signed in, until it is closed: the password too, since it proves who it is after a reload. */
const key = 'todo-credentials';

/** The user of this tab. */
export function keptCredentials() {
  return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? undefined;
}

/**
 * Keeps who has signed in, or forgets it.
 *
 * @param {{ name: string, password: string }} [credentials]
 */
export function keepCredentials(credentials) {
  if (credentials) sessionStorage.setItem(key, JSON.stringify(credentials));
  else sessionStorage.removeItem(key);
}

/**
 * Joins the realm as a person, proves it by the password without sending it, and subscribes to the changes.
 *
 * @param {{ name: string, password: string }} credentials
 * @param {{ onChange: (change: { list: number, what: string }) => void, onLost: () => void, onBack: () => void }} listener
 * @returns what can be done as this person
 */
export async function signIn({ name, password }, { onChange, onLost, onBack }) {
  const wamp = new Wampy('/ws', {
    realm: 'realm1',
    authid: name,
    authmethods: ['wampcra'],
    authMode: 'auto',
    authPlugins: { wampcra: sign(password) },
    maxRetries: 0,
    onReconnect: onLost,
    // In a turn of its own: the subscription is renewed first, so that no change is missed in between.
    onReconnectSuccess: () => void setTimeout(onBack),
  });
  await wamp.connect();
  await wamp.subscribe(changed, ({ argsDict }) => onChange(argsDict));

  return {
    name,
    /** Calls a function of the database, with its arguments by name. */
    async call(procedure, args = {}) {
      const { argsList } = await wamp.call(`com.example.todo.${procedure}`, { argsDict: args });
      return argsList?.[0];
    },
    /** Tells whoever it concerns that this person has seen the list as it is now. */
    look: (list) => wamp.publish('com.example.todo.looked', { argsDict: { list } }),
    signOut: () => wamp.disconnect(),
  };
}
