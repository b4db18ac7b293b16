import { counted } from '@pgwamp/config';
import type { Dict, RequestHead } from '@pgwamp/protocol';
import { MessageType, MetaTopic, toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../../errors.ts';
import { matchOption } from '../../matching/match-option.ts';
import type { MatchPolicy } from '../../matching/pattern-map.ts';
import type { Handler } from '../../realm/context.ts';
import type { Session } from '../../session/session.ts';
import type { DealerContext } from '../context.ts';
import { CalleeEntry, type CalleeOptions, type InvocationPolicy, type Registration } from '../registration.ts';
import { invokeWaiting, refuseWaiting } from '../transitions.ts';
import { removeCallee } from './unregister.ts';

/** REGISTER.Options, resolved. */
interface RegisterOptions extends CalleeOptions {
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  /** Whether the present callees of the procedure lose it. */
  readonly forces: boolean;
}

const POLICIES = ['single', 'first', 'last', 'roundrobin', 'random'] as const;

// Abandoned calls stay in memory until their callee answers, which may never happen.
const MAX_CONCURRENCY = 65_536;

/**
 * REGISTER.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-register
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-shared-registration
 */
export function register(context: DealerContext): Handler {
  const { registrations, uris, limits } = context;
  return (callee, message) => {
    const [, request, given, procedure] = message.elements as unknown as RequestHead;
    const options = resolveOptions(given, callee);
    uris.assertApplication(procedure, options.match);
    if (registrations.countOf(callee) >= limits.maxRegistrations) {
      throw new RequestError(
        Uri.NOT_AUTHORIZED,
        `a session may have at most ${counted(limits.maxRegistrations, 'registration')}`,
      );
    }
    const registration = registrationFor(context, callee, procedure, options);
    if (registration === undefined) return;
    registrations.attach(new CalleeEntry(registration, callee, options));
    announceRegistered(context, registration, callee);
    callee.send([MessageType.REGISTERED, request, registration.id]);
    invokeWaiting(context, registration);
  };
}

/** @throws RequestError for an invalid value; unknown options are ignored */
function resolveOptions(options: Dict, { features }: Session): RegisterOptions {
  return {
    match: matchOption(options.match),
    invoke: invokeOption(options.invoke),
    forces: options.force_reregister === true,
    concurrency: concurrencyOption(options.concurrency),
    disclosesCaller: options.disclose_caller === true,
    forwardsTimeout: options.forward_timeout === true && features.has('callee', 'call_timeout'),
  };
}

/** An unknown policy is refused: another policy would send calls to unexpected callees. */
function invokeOption(invoke: unknown = 'single'): InvocationPolicy {
  const policy = POLICIES.find((candidate) => candidate === invoke);
  if (policy !== undefined) return policy;
  const words = `invoke: expected ${POLICIES.join(', ')}, found ${toText(invoke)}`;
  throw new RequestError(Uri.OPTION_NOT_ALLOWED, words);
}

function concurrencyOption(concurrency: unknown = 0): number {
  if (concurrency === 0) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(concurrency) && (concurrency as number) > 0) {
    return Math.min(concurrency as number, MAX_CONCURRENCY);
  }
  const words = `concurrency: expected an integer from 0 on, found ${toText(concurrency)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

/** The registration that a callee joins, or a new one; `undefined` if the callee has left in the meantime. */
function registrationFor(
  context: DealerContext,
  callee: Session,
  procedure: string,
  { match, invoke, forces }: RegisterOptions,
): Registration | undefined {
  const { registrations } = context;
  const existing = registrations.find(match, procedure);
  if (existing === undefined) return registrations.create(match, procedure, invoke);
  if (forces) return replace(context, existing, callee, invoke);
  // Either one callee owns the procedure, or all callees use the same invocation policy.
  const isOwn = registrations.entryOf(callee, existing.id) !== undefined;
  if (!isOwn && invoke === existing.invoke && invoke !== 'single') return existing;
  const words = `${procedure} is registered already, with invoke ${existing.invoke}`;
  throw new RequestError(Uri.PROCEDURE_ALREADY_EXISTS, words);
}

/** Replaces a registration. The calls that wait for the former one wait for the new one. */
function replace(context: DealerContext, former: Registration, callee: Session, invoke: InvocationPolicy) {
  revoke(context, former);
  // The callee owned the former registration, and sending UNREGISTERED has ended its session.
  if (callee.hasLeft) {
    refuseWaiting(context, former);
    return undefined;
  }
  const registration = context.registrations.create(former.match, former.procedure, invoke);
  context.waiting.move(former, registration);
  return registration;
}

/**
 * Removes all callees from a registration and notifies those that announced the feature. Calls that they have received
 * still return results.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-registration-revocation
 */
function revoke(context: DealerContext, registration: Registration): void {
  const details = { registration: registration.id, reason: Uri.REGISTRATION_REVOKED };
  for (const entry of [...registration.callees]) {
    // A notice or an announcement may have ended the session of another callee.
    if (!registration.callees.includes(entry)) continue;
    const isTold = entry.callee.features.has('callee', 'registration_revocation');
    removeCallee(context, entry, isTold ? [MessageType.UNREGISTERED, 0, details] : undefined);
  }
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-reg-metapi */
function announceRegistered({ announce, isAnnounced }: DealerContext, registration: Registration, callee: Session) {
  const isNew = registration.callees.length === 1;
  if (isNew && isAnnounced(MetaTopic.REGISTRATION_ON_CREATE)) {
    announce(MetaTopic.REGISTRATION_ON_CREATE, [callee.id, registration.details]);
  }
  announce(MetaTopic.REGISTRATION_ON_REGISTER, [callee.id, registration.id]);
}
