import type { ClientModel, Dict } from './client-model.ts';
import type { Drawn } from './drawn.ts';

/** One callee of a registration. */
export interface EndpointModel {
  readonly registration: RegistrationModel;
  readonly callee: ClientModel;
  /** The number of invocations that it accepts at a time, 0 for any number. */
  readonly concurrency: number;
  readonly disclosesCaller: boolean;
  readonly forwardsTimeout: boolean;
  /** Invocations that it has not answered. */
  busy: number;
}

export interface RegistrationModel {
  readonly id: Drawn;
  readonly match: string;
  readonly uri: string;
  readonly invoke: string;
  endpoints: EndpointModel[];
  /** The callee whose turn it is. */
  next: EndpointModel | undefined;
}

const POLICIES: readonly unknown[] = [undefined, 'exact', 'prefix', 'wildcard'];
const INVOKES: readonly unknown[] = [undefined, 'single', 'first', 'last', 'roundrobin', 'random'];

function isCount(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= 0);
}

/** Why REGISTER.Options are refused, if they are. */
export function faultIn({ match, invoke, concurrency }: Dict): string | undefined {
  if (!POLICIES.includes(match) || !INVOKES.includes(invoke)) return 'wamp.error.option_not_allowed';
  return isCount(concurrency) ? undefined : 'wamp.error.invalid_argument';
}

export function endpointFor(registration: RegistrationModel, callee: ClientModel, options: Dict): EndpointModel {
  return {
    registration,
    callee,
    concurrency: (options.concurrency as number | undefined) ?? 0,
    disclosesCaller: options.disclose_caller === true,
    forwardsTimeout: options.forward_timeout === true && callee.features.has('callee.call_timeout'),
    busy: 0,
  };
}

function hasRoom({ concurrency, busy }: EndpointModel): boolean {
  return concurrency === 0 || busy < concurrency;
}

function after(endpoints: readonly EndpointModel[], endpoint: EndpointModel): EndpointModel | undefined {
  return endpoints[(endpoints.indexOf(endpoint) + 1) % endpoints.length];
}

/** The callees that may get the next call: more than one only where the router casts lots. */
export function candidates({ invoke, endpoints, next }: RegistrationModel): readonly EndpointModel[] {
  const free = endpoints.filter(hasRoom);
  if (invoke === 'random') return free;
  if (invoke === 'last') return free.slice(-1);
  if (invoke !== 'roundrobin' || next === undefined) return free.slice(0, 1);
  const turn = endpoints.indexOf(next);
  const inTurn = [...endpoints.slice(turn), ...endpoints.slice(0, turn)];
  return inTurn.filter(hasRoom).slice(0, 1);
}

export function passTurn(registration: RegistrationModel, endpoint: EndpointModel): void {
  registration.next = after(registration.endpoints, endpoint);
}

export function detach(endpoint: EndpointModel): void {
  const { registration } = endpoint;
  if (registration.next === endpoint) registration.next = after(registration.endpoints, endpoint);
  registration.endpoints = registration.endpoints.filter((other) => other !== endpoint);
  if (registration.next === endpoint) registration.next = undefined;
}

/** Only a callee that has announced it is interrupted. */
export function canInterrupt({ callee }: EndpointModel): boolean {
  return callee.features.has('callee.call_canceling');
}
