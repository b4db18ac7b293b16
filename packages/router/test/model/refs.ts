import type { ClientModel } from './client-model.ts';
import type { RealmModel } from './realm-model.ts';
import { matches } from './uri-model.ts';

type Kind =
  | 'request'
  | 'spent'
  | 'call'
  | 'procedure'
  | 'callable'
  | 'invocation'
  | 'session'
  | 'subscription'
  | 'registration';

/** Stands for what is known only when the message is sent. */
export interface Ref {
  readonly $: Kind;
  readonly index: number;
}

export function ref($: Kind, index: number): Ref {
  return { $, index };
}

/** An id that nothing has. */
const NOTHING = 987_654_321;

/** Kinds that a message should not name before there is one; most belong to a client, which is the one to send it. */
const OWNED: readonly Kind[] = ['call', 'callable', 'invocation', 'subscription', 'registration'];

function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && '$' in value;
}

/** URIs that some registration takes. */
function callables(model: RealmModel): readonly string[] {
  const { registrations } = model.dealer;
  const patterns = registrations.filter(({ match }) => match !== 'exact');
  const matched = ['a.b', 'a.b.c', 'b.b.c'].filter((uri) => patterns.some((p) => matches(p.match, p.uri, uri)));
  return [...registrations.filter(({ match }) => match === 'exact').map(({ uri }) => uri), ...matched];
}

function owned(model: RealmModel, client: ClientModel, kind: Kind): readonly unknown[] {
  const { broker, dealer } = model;
  if (kind === 'call') return dealer.calls.list.madeBy(client).map(({ request }) => request);
  if (kind === 'procedure') return dealer.calls.list.madeBy(client).map(({ procedure }) => procedure);
  if (kind === 'invocation') return dealer.calls.list.passedTo(client).map(({ invocation }) => invocation);
  if (kind === 'subscription') {
    return broker.subscriptions.filter(({ subscribers }) => subscribers.includes(client)).map(({ id }) => id);
  }
  const isOwn = ({ endpoints }: { endpoints: readonly { callee: ClientModel }[] }) =>
    endpoints.some(({ callee }) => callee === client);
  return dealer.registrations.filter(isOwn).map(({ id }) => id);
}

/** The existing objects of a kind; those of the client itself come first, so that most requests make sense. */
function known(model: RealmModel, client: ClientModel, kind: Kind): readonly unknown[] {
  if (kind === 'session') return model.clients.map(({ session }) => session ?? NOTHING);
  if (kind === 'callable') return callables(model);
  const own = owned(model, client, kind);
  if (kind === 'subscription') return [...own, ...model.broker.subscriptions.map(({ id }) => id)];
  if (kind === 'registration') return [...own, ...model.dealer.registrations.map(({ id }) => id)];
  return own;
}

function target(model: RealmModel, client: ClientModel, { $: kind, index }: Ref): unknown {
  if (kind === 'request') return client.nextRequest();
  if (kind === 'spent') return Math.max(1, client.lastRequest - index);
  const ids = known(model, client, kind);
  if (ids.length > 0) return ids[index % ids.length];
  if (kind === 'procedure' || kind === 'callable') return 'a.b';
  // Requests that were already answered, or never existed.
  return kind === 'invocation' || kind === 'call' ? index + 1 : NOTHING;
}

function ownedIn(template: unknown): Kind | undefined {
  const refs = Array.isArray(template) ? template.filter(isRef) : [];
  return refs.map(({ $ }) => $).find((kind) => OWNED.includes(kind));
}

/** The connections that can send a meaningful message: those that have received what it refers to, if any. */
export function sendersOf(
  model: RealmModel,
  clients: readonly ClientModel[],
  template: unknown,
): readonly ClientModel[] {
  const kind = ownedIn(template);
  if (kind === 'callable') return callables(model).length > 0 ? clients : [];
  if (kind === undefined) return clients;
  return clients.filter((client) => owned(model, client, kind).length > 0);
}

/** The message that a template stands for, as seen by the client that sends it. */
export function resolve(model: RealmModel, client: ClientModel, template: unknown): unknown {
  if (isRef(template)) return target(model, client, template);
  if (Array.isArray(template)) return template.map((item) => resolve(model, client, item));
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, resolve(model, client, value)]));
}
