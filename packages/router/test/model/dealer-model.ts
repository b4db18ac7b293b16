import { type CallModel, isTimeout, newCall } from './call-model.ts';
import { CallsModel } from './calls-model.ts';
import type { ClientModel, Dict, Message } from './client-model.ts';
import { ANYTHING, type Draw } from './drawn.ts';
import type { Lots } from './lots.ts';
import { detach, type EndpointModel, endpointFor, faultIn, type RegistrationModel } from './registration-model.ts';
import { bestOf, isReserved, isUri } from './uri-model.ts';

/** The parts of the realm that the dealer uses. */
interface DealerParts {
  readonly draw: Draw;
  readonly lots: Lots;
  readonly announce: (topic: string, args: readonly unknown[]) => void;
  /** Answers a call of a procedure of the router's own; false if there is none. */
  readonly callMeta: (caller: ClientModel, message: Message) => boolean;
}

/** The behavior of a dealer, with lists and loops. */
export class DealerModel {
  registrations: RegistrationModel[] = [];
  readonly calls: CallsModel;
  readonly #parts: DealerParts;

  constructor(parts: DealerParts) {
    this.#parts = parts;
    this.calls = new CallsModel(parts.lots);
  }

  /** False for a message that breaks the protocol. */
  handle(client: ClientModel, message: Message): boolean {
    const [type] = message;
    if (type === 48) return this.#call(client, message);
    if (type === 70) return this.#yield(client, message);
    if (type === 8) return this.#error(client, message);
    if (type === 49) this.calls.cancel(client, message);
    else if (type === 64) this.#register(client, message);
    else if (type === 66) this.#unregister(client, message);
    else return false;
    return true;
  }

  leave(client: ClientModel): void {
    for (const { endpoints } of [...this.registrations]) {
      for (const endpoint of endpoints) if (endpoint.callee === client) this.#remove(endpoint);
    }
    this.calls.leave(client);
  }

  #register(callee: ClientModel, message: Message): void {
    const [, request, options, uri] = message as [number, unknown, Dict, string];
    const match = String(options.match ?? 'exact');
    const existing = this.registrations.find((other) => other.match === match && other.uri === uri);
    const fault = faultIn(options) ?? faultOf(match, uri) ?? this.#conflict(existing, callee, options);
    if (fault !== undefined) {
      callee.isRefused(64, request, fault);
      return;
    }
    if (existing !== undefined && options.force_reregister === true) this.#revoke(existing);
    const isShared = existing !== undefined && existing.endpoints.length > 0;
    const registration = isShared ? existing : this.#create(match, uri, String(options.invoke ?? 'single'));
    if (existing !== undefined && !isShared) this.calls.transfer(existing, registration);
    registration.endpoints.push(endpointFor(registration, callee, options));
    registration.next ??= registration.endpoints[0];
    this.#announceRegistered(callee, registration, !isShared);
    callee.receives([65, request, registration.id]);
    this.calls.passWaiting(registration);
  }

  #unregister(callee: ClientModel, [, request, id]: Message): void {
    const registration = this.registrations.find((candidate) => candidate.id === id);
    const endpoint = registration?.endpoints.find((candidate) => candidate.callee === callee);
    if (endpoint === undefined) callee.isRefused(66, request, 'wamp.error.no_such_registration');
    else {
      callee.receives([67, request]);
      this.#remove(endpoint);
    }
  }

  #call(caller: ClientModel, message: Message): boolean {
    const [, request, options, procedure] = message as [number, unknown, Dict, string];
    const pending = this.calls.list.madeBy(caller).find((made) => made.request === request);
    if (pending !== undefined) return this.calls.continue(pending, message);
    if (this.calls.isLate(caller, message)) return true;
    if (options.progress === true && !caller.features.has('caller.progressive_call_invocations')) return false;
    if (this.#parts.callMeta(caller, message)) return true;
    const refuse = (error: string) => this.calls.refuse(caller, message, error);
    const registration = isReserved(procedure) ? undefined : bestOf(this.registrations, procedure);
    if (!isUri('exact', procedure)) refuse('wamp.error.invalid_uri');
    else if (registration === undefined) refuse('wamp.error.no_such_procedure');
    else if (!isTimeout(options.timeout)) refuse('wamp.error.invalid_argument');
    else this.calls.begin(newCall(caller, message, registration));
    return true;
  }

  #yield(callee: ClientModel, [, invocation, options, ...payload]: Message): boolean {
    const call = this.#invocationOf(callee, invocation);
    if (call === undefined) return (invocation as number) <= callee.lastInvocation;
    if ((options as Dict).progress === true) this.calls.progress(call, payload);
    else this.calls.finish(call, [50, call.request, {}, ...payload]);
    return true;
  }

  #error(callee: ClientModel, [, type, invocation, , error, ...payload]: Message): boolean {
    if (type !== 68) return false;
    const call = this.#invocationOf(callee, invocation);
    if (call === undefined) return (invocation as number) <= callee.lastInvocation;
    const uri = isUri('exact', error as string) ? error : 'wamp.error.invalid_uri';
    this.calls.finish(call, [8, 48, call.request, {}, uri, ...payload]);
    return true;
  }

  #invocationOf(callee: ClientModel, invocation: unknown): CallModel | undefined {
    return this.calls.list.passedTo(callee).find((call) => call.invocation === invocation);
  }

  #conflict(existing: RegistrationModel | undefined, callee: ClientModel, options: Dict): string | undefined {
    if (existing === undefined || options.force_reregister === true) return undefined;
    const isMember = existing.endpoints.some((endpoint) => endpoint.callee === callee);
    const isAgreed = existing.invoke !== 'single' && existing.invoke === options.invoke;
    return isAgreed && !isMember ? undefined : 'wamp.error.procedure_already_exists';
  }

  #create(match: string, uri: string, invoke: string): RegistrationModel {
    const id = this.#parts.draw.next('registration');
    const registration: RegistrationModel = { id, match, uri, invoke, endpoints: [], next: undefined };
    this.registrations.push(registration);
    return registration;
  }

  #revoke(registration: RegistrationModel): void {
    const details = { registration: registration.id, reason: 'wamp.registration.revoked' };
    for (const endpoint of registration.endpoints) {
      const { callee } = endpoint;
      if (callee.features.has('callee.registration_revocation')) callee.receives([67, 0, details]);
      this.#detach(endpoint);
    }
  }

  #remove(endpoint: EndpointModel): void {
    this.#detach(endpoint);
    if (endpoint.registration.endpoints.length === 0) this.calls.refuseWaiting(endpoint.registration);
  }

  #detach(endpoint: EndpointModel): void {
    const { registration, callee } = endpoint;
    const { announce } = this.#parts;
    detach(endpoint);
    announce('wamp.registration.on_unregister', [callee.session, registration.id]);
    if (registration.endpoints.length > 0) return;
    this.registrations = this.registrations.filter((other) => other !== registration);
    announce('wamp.registration.on_delete', [callee.session, registration.id]);
  }

  #announceRegistered({ session }: ClientModel, registration: RegistrationModel, isNew: boolean): void {
    const { id, match, uri, invoke } = registration;
    const { announce } = this.#parts;
    const details = { id, created: ANYTHING, uri, match, invoke };
    if (isNew) announce('wamp.registration.on_create', [session, details]);
    announce('wamp.registration.on_register', [session, id]);
  }
}

/** Why a URI cannot be registered, if it cannot. */
function faultOf(match: string, uri: string): string | undefined {
  return isUri(match, uri) && !isReserved(uri) ? undefined : 'wamp.error.invalid_uri';
}
