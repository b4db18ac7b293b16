import type { Wampy } from 'wampy';
import { withBytes, withMarks } from '../binary.ts';
import { Inbox } from '../inbox.ts';
import { WampFailure } from '../wamp-failure.ts';
import {
  type Behaviour,
  type Call,
  type CancelMode,
  type Client,
  type Dict,
  noOptions,
  type Payload,
  type Received,
} from './client.ts';

type RpcCallback = Parameters<Wampy['register']>[1];
type Invocation = Parameters<RpcCallback>[0];
interface WampyPayload {
  readonly argsList?: unknown[];
  readonly argsDict?: Dict;
}

function payloadOf({ argsList, argsDict }: WampyPayload): Payload {
  return withMarks({ args: argsList ?? [], kwargs: argsDict ?? {} });
}

function wampyPayload({ args, kwargs }: Partial<Payload>) {
  return withBytes({ ...(args && { argsList: [...args] }), ...(kwargs && { argsDict: kwargs }) });
}

/** Its errors have the same fields, whichever class they are of. */
export function failureFrom(error: unknown): WampFailure {
  const { errorUri, argsList, argsDict } = error as WampyPayload & { errorUri?: string };
  if (errorUri === undefined) return new WampFailure(undefined, [String(error)]);
  const { args, kwargs } = payloadOf({ argsList: argsList ?? [], argsDict: argsDict ?? {} });
  return new WampFailure(errorUri, args, kwargs);
}

function countUp({ argsList, result_handler }: Invocation) {
  for (let step = 1; step <= Number(argsList?.[0]); step++) {
    result_handler({ argsList: [step], options: { progress: true } });
  }
  return { argsList: ['done'] };
}

function endpointFor(behaviour: Behaviour): RpcCallback {
  switch (behaviour.does) {
    case 'echo':
      return ({ argsList, argsDict }) => ({ ...(argsList && { argsList }), ...(argsDict && { argsDict }) });
    case 'details':
      return ({ details }) => ({ argsList: [details] });
    case 'answer':
      return () => ({ argsList: [withBytes(behaviour.value)] });
    case 'fail':
      return () => {
        throw { error: behaviour.uri, argsList: behaviour.args, argsDict: behaviour.kwargs };
      };
    case 'progress':
      return countUp;
    case 'hang':
      return () => new Promise(() => {});
  }
}

const complete = { match: 'exact', get_retained: false } as const;

export class WampyClient implements Client {
  readonly session: number;
  readonly welcome: Dict;
  readonly #wampy: Wampy;
  readonly #subscriptions = new Map<string, string>();

  constructor(wampy: Wampy, welcome: Dict) {
    this.session = wampy.getSessionId() ?? 0;
    this.welcome = welcome;
    this.#wampy = wampy;
  }

  /** It sends options that are left out as undefined; that is a scenario of its own, so all others leave none out. */
  async subscribe(topic: string, given: Dict = complete): Promise<Inbox<Received>> {
    const inbox = new Inbox<Received>();
    const options = given === noOptions ? undefined : { ...complete, ...given };
    const take = (event: WampyPayload & { details: Dict }) =>
      inbox.push({ ...payloadOf(event), details: withMarks(event.details) });
    const { subscriptionKey } = await this.#answer(this.#wampy.subscribe(topic, take, options));
    this.#subscriptions.set(topic, subscriptionKey);
    return inbox;
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#answer(this.#wampy.unsubscribe(this.#subscriptions.get(topic) ?? ''));
  }

  async publish(topic: string, payload: Partial<Payload>, options: Dict = {}): Promise<number> {
    const { publicationId } = await this.#answer(this.#wampy.publish(topic, wampyPayload(payload), { ...options }));
    return publicationId;
  }

  async register(procedure: string, behaviour: Behaviour, options: Dict = {}): Promise<void> {
    await this.#answer(this.#wampy.register(procedure, endpointFor(behaviour), options));
  }

  async unregister(procedure: string): Promise<void> {
    await this.#answer(this.#wampy.unregister(procedure));
  }

  call(procedure: string, payload: Partial<Payload> = {}, { receive_progress, ...options }: Dict = {}): Call {
    const progress = new Inbox<Payload>();
    const callback = (result: WampyPayload) => progress.push(payloadOf(result));
    const advanced = { ...options, ...(receive_progress === true && { progress_callback: callback }) };
    const result = this.#answer(this.#wampy.call(procedure, wampyPayload(payload), advanced)).then(payloadOf);
    const { reqId } = this.#wampy.getOpStatus();
    return { result, progress, cancel: (mode?: CancelMode) => this.#wampy.cancel(reqId, mode ? { mode } : {}) };
  }

  async leave(): Promise<void> {
    await this.#wampy.disconnect();
  }

  async #answer<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      throw failureFrom(error);
    }
  }
}
