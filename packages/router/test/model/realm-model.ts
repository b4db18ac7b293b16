import { BrokerModel } from './broker-model.ts';
import { CLOSED, ClientModel, type Dict, type Message } from './client-model.ts';
import { DealerModel } from './dealer-model.ts';
import { ANYTHING, Draw } from './drawn.ts';
import type { Lots } from './lots.ts';
import { isMessage, normal } from './message-shape.ts';
import { callMeta, type MetaParts } from './meta-model.ts';

/** The time that the router waits for the answer to its GOODBYE, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;

const ROLES = ['publisher', 'subscriber', 'caller', 'callee'];

/** The features in HELLO.Details.roles, as `callee.call_canceling`. */
function featuresIn(roles: Dict): ReadonlySet<string> {
  const features = ROLES.flatMap((role) => {
    const announced = ((roles[role] as Dict | undefined)?.features ?? {}) as Dict;
    return Object.keys(announced).map((name) => `${role}.${name}`);
  });
  return new Set(features);
}

/** The payload of `wamp.session.on_join`. */
function detailsOf({ session, authid, authrole }: ClientModel): Dict {
  return { session, authid, authrole, authmethod: ANYTHING, authprovider: ANYTHING, transport: ANYTHING };
}

/** A router with one realm, as the specification describes it: a message goes in, and others come out. */
export class RealmModel {
  readonly clients: ClientModel[] = [];
  readonly broker: BrokerModel;
  readonly dealer: DealerModel;
  readonly #metaParts: MetaParts;
  readonly #name: string;
  readonly #draw = new Draw();
  #now = 0;

  constructor(name: string, lots: Lots) {
    this.#name = name;
    this.broker = new BrokerModel(this.#draw);
    this.dealer = new DealerModel({
      draw: this.#draw,
      lots,
      announce: (topic, args) => this.broker.announce(topic, args),
      callMeta: (caller, message) => callMeta(this.#metaParts, caller, message),
    });
    const { clients, broker, dealer } = this;
    this.#metaParts = { clients, broker, dealer, kill: (victim, reason) => this.#kill(victim, reason) };
  }

  connect(authid: string, authrole: string): ClientModel {
    const client = new ClientModel(`s${this.clients.length + 1}`, authid, authrole);
    this.clients.push(client);
    return client;
  }

  /** One frame of a client; what is no JSON comes as undefined. */
  receive(client: ClientModel, content: unknown): void {
    if (client.state === 'over') return;
    if (!isMessage(content)) this.#violation(client);
    else if (content[0] === 3) this.#end(client);
    else if (client.state === 'opening') this.#hello(client, content);
    else if (content[0] === 6) this.#goodbye(client);
    else if (client.state === 'open') this.#handle(client, normal(content));
  }

  /** The connection is gone. */
  cut(client: ClientModel): void {
    if (client.state !== 'over') this.#end(client);
  }

  pass(ms: number): void {
    this.#now += ms;
    this.dealer.calls.pass(ms);
    for (const client of this.clients) if (client.state === 'leaving' && client.closing <= this.#now) this.#end(client);
  }

  #hello(client: ClientModel, [type, realm, details]: Message): void {
    const { roles } = (details ?? {}) as Dict;
    if (type !== 1 || typeof roles !== 'object' || roles === null || Array.isArray(roles)) this.#violation(client);
    else if (realm !== this.#name) this.#abort(client, 'wamp.error.no_such_realm');
    else {
      client.state = 'open';
      client.session = this.#draw.next('session');
      client.features = featuresIn(roles as Dict);
      client.receives([2, client.session, ANYTHING]);
      this.broker.announce('wamp.session.on_join', [detailsOf(client)]);
    }
  }

  #handle(client: ClientModel, message: Message): void {
    const [type] = message;
    if (type === 16) this.broker.publish(client, message);
    else if (type === 32) this.broker.subscribe(client, message);
    else if (type === 34) this.broker.unsubscribe(client, message);
    else if (!this.dealer.handle(client, message)) this.#violation(client);
  }

  #goodbye(client: ClientModel): void {
    if (client.state === 'open') client.receives([6, {}, 'wamp.close.goodbye_and_out']);
    this.#end(client);
  }

  /** The session is over, the connection when the client has answered or has let its time pass. */
  #kill(client: ClientModel, reason: string): void {
    client.receives([6, ANYTHING, reason]);
    client.state = 'leaving';
    client.closing = this.#now + CLOSE_TIMEOUT;
    this.#inAnyOrder(() => this.#leave(client));
  }

  #violation(client: ClientModel): void {
    this.#abort(client, 'wamp.error.protocol_violation');
  }

  #abort(client: ClientModel, reason: string): void {
    client.hears([3, { message: ANYTHING }, reason]);
    this.#end(client);
  }

  /** The order in which other sessions learn of it is not specified. */
  #end(client: ClientModel): void {
    const isJoined = client.state === 'open';
    client.state = 'over';
    client.hears(CLOSED);
    if (isJoined) this.#inAnyOrder(() => this.#leave(client));
  }

  #leave(client: ClientModel): void {
    this.broker.leave(client);
    this.dealer.leave(client);
    this.broker.announce('wamp.session.on_leave', [client.session, client.authid, client.authrole]);
  }

  #inAnyOrder(act: () => void): void {
    const group = {};
    for (const client of this.clients) client.group = group;
    act();
    for (const client of this.clients) client.group = undefined;
  }
}
