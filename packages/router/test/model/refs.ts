import type { ClientModel } from './client-model.ts';
import type { RealmModel } from './realm-model.ts';

type Kind = 'request' | 'call' | 'procedure' | 'invocation' | 'session' | 'subscription' | 'registration';

/** Stands for an id that is known only when the message is sent. */
export interface Ref {
  readonly $: Kind;
  readonly index: number;
}

export function ref($: Kind, index: number): Ref {
  return { $, index };
}

/** An id that nothing has. */
const NOTHING = 987_654_321;

function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && '$' in value;
}

/** What there is of a kind; what is the client's own comes first, so that requests make sense more often than not. */
function known(model: RealmModel, client: ClientModel, kind: Kind): readonly unknown[] {
  const { subscriptions } = model.broker;
  const { registrations, calls } = model.dealer;
  const own = subscriptions.filter(({ subscribers }) => subscribers.includes(client));
  const provided = registrations.filter(({ endpoints }) => endpoints.some(({ callee }) => callee === client));
  if (kind === 'session') return model.clients.map(({ session }) => session ?? NOTHING);
  if (kind === 'subscription') return [...own, ...subscriptions].map(({ id }) => id);
  if (kind === 'registration') return [...provided, ...registrations].map(({ id }) => id);
  if (kind === 'call') return calls.pendingOf(client).map(({ request }) => request);
  if (kind === 'procedure') return calls.pendingOf(client).map(({ procedure }) => procedure);
  return calls.passedTo(client).map(({ invocation }) => invocation);
}

function target(model: RealmModel, client: ClientModel, { $: kind, index }: Ref): unknown {
  if (kind === 'request') return client.nextRequest();
  const ids = known(model, client, kind);
  if (ids.length > 0) return ids[index % ids.length];
  if (kind === 'procedure') return 'a.b';
  // What was answered already, or never was.
  return kind === 'invocation' || kind === 'call' ? index + 1 : NOTHING;
}

/** The message that a template stands for, as seen by the client that sends it. */
export function resolve(model: RealmModel, client: ClientModel, template: unknown): unknown {
  if (isRef(template)) return target(model, client, template);
  if (Array.isArray(template)) return template.map((item) => resolve(model, client, item));
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, resolve(model, client, value)]));
}
