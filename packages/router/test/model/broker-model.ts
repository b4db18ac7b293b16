import { areLists, isMeant, listsOf } from './audience-model.ts';
import type { ClientModel, Dict, Message } from './client-model.ts';
import { ANYTHING, type Draw, type Drawn } from './drawn.ts';
import { isReserved, isUri, matches } from './uri-model.ts';

interface SubscriptionModel {
  readonly id: Drawn;
  readonly match: string;
  readonly uri: string;
  subscribers: ClientModel[];
}

interface Publication {
  readonly id: Drawn;
  readonly topic: string;
  readonly details: Dict;
  readonly payload: Message;
  readonly isFor: (subscriber: ClientModel) => boolean;
}

/** An event that is kept for later subscribers; the lists tell one audience from another. */
interface Retained extends Publication {
  readonly lists: string;
}

const POLICIES: readonly unknown[] = ['exact', 'prefix', 'wildcard'];

/** The publisher of a publication, if it is disclosed. */
function disclosureOf({ session, authid, authrole }: ClientModel): Dict {
  return { publisher: session, publisher_authid: authid, publisher_authrole: authrole };
}

/** Why a publication is refused, if it is. */
function faultOf(topic: string, options: Dict): string | undefined {
  if (!isUri('exact', topic) || isReserved(topic)) return 'wamp.error.invalid_uri';
  return areLists(options) ? undefined : 'wamp.error.invalid_argument';
}

function eventOf({ id, topic, details, payload }: Publication, subscription: SubscriptionModel): Message {
  const extended = subscription.match === 'exact' ? details : { ...details, topic };
  return [36, subscription.id, id, extended, ...payload];
}

/** The behavior of a broker, with lists and loops. */
export class BrokerModel {
  subscriptions: SubscriptionModel[] = [];
  #retained: Retained[] = [];
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  subscribe(client: ClientModel, [, request, options, topic]: Message): void {
    const { match = 'exact', get_retained } = options as Dict;
    const uri = topic as string;
    if (!POLICIES.includes(match)) client.isRefused(32, request, 'wamp.error.option_not_allowed');
    else if (!isUri(String(match), uri)) client.isRefused(32, request, 'wamp.error.invalid_uri');
    else {
      const subscription = this.#subscriptionTo(String(match), uri);
      client.receives([33, request, subscription.id]);
      const isNew = subscription.subscribers.length === 0;
      const isAdded = !subscription.subscribers.includes(client);
      if (isAdded) subscription.subscribers.push(client);
      if (get_retained === true) this.#sendRetained(client, subscription);
      if (isAdded) this.#announceSubscribed(client, subscription, isNew);
    }
  }

  unsubscribe(client: ClientModel, [, request, id]: Message): void {
    const subscription = this.subscriptions.find((candidate) => candidate.id === id);
    if (!subscription?.subscribers.includes(client)) {
      client.isRefused(34, request, 'wamp.error.no_such_subscription');
    } else {
      client.receives([35, request]);
      this.#remove(client, subscription);
      this.#announceUnsubscribed(client, subscription);
    }
  }

  publish(publisher: ClientModel, [, request, given, uri, ...payload]: Message): void {
    const options = given as Dict;
    const topic = uri as string;
    const fault = faultOf(topic, options);
    const isAcknowledged = options.acknowledge === true;
    if (fault !== undefined) {
      if (isAcknowledged) publisher.isRefused(16, request, fault);
      return;
    }
    const details = options.disclose_me === true ? disclosureOf(publisher) : {};
    const isFor = (subscriber: ClientModel) => isMeant(options, publisher, subscriber);
    const publication = { id: this.#draw.next('publication'), topic, details, payload, isFor };
    if (options.retain === true) this.#retain({ ...publication, lists: listsOf(options) });
    this.#deliver(publication);
    if (isAcknowledged) publisher.receives([17, request, publication.id]);
  }

  /** An event of the router's own. */
  announce(topic: string, args: readonly unknown[]): void {
    const id = this.#draw.next('publication');
    this.#deliver({ id, topic, details: {}, payload: [args], isFor: () => true });
  }

  leave(client: ClientModel): void {
    const own = this.subscriptions.filter(({ subscribers }) => subscribers.includes(client));
    for (const subscription of own) this.#remove(client, subscription);
    for (const subscription of own) this.#announceUnsubscribed(client, subscription);
  }

  /** One EVENT per subscription; which of them is the first nobody prescribes. */
  #deliver(publication: Publication): void {
    const group = {};
    for (const subscription of this.subscriptions) {
      if (!matches(subscription.match, subscription.uri, publication.topic)) continue;
      for (const subscriber of subscription.subscribers) {
        if (publication.isFor(subscriber)) subscriber.receives(eventOf(publication, subscription), group);
      }
    }
  }

  /** It takes the place of older ones that were for the same; what is for everybody takes the place of all. */
  #retain(event: Retained): void {
    const isReplaced = ({ topic, lists }: Retained) =>
      topic === event.topic && (event.lists === '' || lists === event.lists);
    this.#retained = [...this.#retained.filter((older) => !isReplaced(older)), event];
  }

  /** Of each topic the latest event that is for the subscriber. */
  #sendRetained(client: ClientModel, subscription: SubscriptionModel): void {
    const isWanted = ({ topic, isFor }: Retained) =>
      matches(subscription.match, subscription.uri, topic) && isFor(client);
    const wanted = this.#retained.filter(isWanted);
    for (const [index, event] of wanted.entries()) {
      if (wanted.slice(index + 1).some(({ topic }) => topic === event.topic)) continue;
      client.receives(eventOf({ ...event, details: { ...event.details, retained: true } }, subscription));
    }
  }

  #announceSubscribed({ session }: ClientModel, { id, match, uri }: SubscriptionModel, isNew: boolean): void {
    if (/^wamp(\.|$)/.test(uri)) return;
    const details = { id, created: ANYTHING, uri, match };
    if (isNew) this.announce('wamp.subscription.on_create', [session, details]);
    this.announce('wamp.subscription.on_subscribe', [session, id]);
  }

  #announceUnsubscribed({ session }: ClientModel, { id, uri, subscribers }: SubscriptionModel): void {
    if (/^wamp(\.|$)/.test(uri)) return;
    this.announce('wamp.subscription.on_unsubscribe', [session, id]);
    if (subscribers.length === 0) this.announce('wamp.subscription.on_delete', [session, id]);
  }

  #subscriptionTo(match: string, uri: string): SubscriptionModel {
    const known = this.subscriptions.find((candidate) => candidate.match === match && candidate.uri === uri);
    if (known !== undefined) return known;
    const subscription = { id: this.#draw.next('subscription'), match, uri, subscribers: [] };
    this.subscriptions.push(subscription);
    return subscription;
  }

  #remove(client: ClientModel, subscription: SubscriptionModel): void {
    subscription.subscribers = subscription.subscribers.filter((subscriber) => subscriber !== client);
    this.subscriptions = this.subscriptions.filter(({ subscribers }) => subscribers.length > 0);
  }
}
