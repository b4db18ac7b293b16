import type { BrokerModel } from './broker-model.ts';
import type { ClientModel, Dict, Message } from './client-model.ts';
import type { DealerModel } from './dealer-model.ts';
import { Drawn } from './drawn.ts';
import { bestOf } from './uri-model.ts';

/** The state that the procedures read. */
export interface MetaParts {
  readonly clients: readonly ClientModel[];
  readonly broker: BrokerModel;
  readonly dealer: DealerModel;
  readonly kill: (victim: ClientModel, reason: string) => void;
}

type Answer = { readonly payload: Message } | { readonly error: string };
type Procedure = (parts: MetaParts, caller: ClientModel, args: Message, kwargs: Dict) => Answer;

const INVALID: Answer = { error: 'wamp.error.invalid_argument' };

function result(value: unknown): Answer {
  return { payload: [[value]] };
}

function isId(value: unknown): boolean {
  return value instanceof Drawn || (Number.isInteger(value) && (value as number) >= 1);
}

const procedures: Readonly<Record<string, Procedure>> = {
  'wamp.session.count': ({ clients }, _caller, [roles]) => {
    const isList = Array.isArray(roles) && roles.every((role) => typeof role === 'string');
    if (!isList && roles !== undefined && roles !== null) return INVALID;
    const isCounted = ({ authrole }: ClientModel) => !isList || roles.includes(authrole);
    return result(clients.filter((client) => client.state === 'open' && isCounted(client)).length);
  },
  'wamp.session.kill': ({ clients, kill }, caller, [id], { reason = 'wamp.close.killed' }) => {
    const victim = clients.find(({ session, state }) => session === id && state === 'open');
    if (!isId(id)) return INVALID;
    if (victim === undefined || victim === caller) return { error: 'wamp.error.no_such_session' };
    kill(victim, String(reason));
    return { payload: [] };
  },
  'wamp.subscription.count_subscribers': ({ broker }, _caller, [id]) => {
    const subscription = broker.subscriptions.find((candidate) => candidate.id === id);
    if (!isId(id)) return INVALID;
    return subscription ? result(subscription.subscribers.length) : { error: 'wamp.error.no_such_subscription' };
  },
  'wamp.registration.count_callees': ({ dealer }, _caller, [id]) => {
    const registration = dealer.registrations.find((candidate) => candidate.id === id);
    if (!isId(id)) return INVALID;
    return registration ? result(registration.endpoints.length) : { error: 'wamp.error.no_such_registration' };
  },
  'wamp.registration.match': ({ dealer }, _caller, [uri]) =>
    typeof uri === 'string' ? result(bestOf(dealer.registrations, uri)?.id ?? null) : INVALID,
};

/** Answers a call of a meta procedure; false if it is none of those that the model knows. */
export function callMeta(parts: MetaParts, caller: ClientModel, message: Message): boolean {
  const [, request, , uri, args = [], kwargs = {}] = message as [number, unknown, Dict, string, Message?, Dict?];
  const procedure = Object.hasOwn(procedures, uri) ? procedures[uri] : undefined;
  if (procedure === undefined) return false;
  const answer = procedure(parts, caller, args, kwargs);
  if ('error' in answer) parts.dealer.calls.refuse(caller, message, answer.error);
  else caller.receives([50, request, {}, ...answer.payload]);
  return true;
}
