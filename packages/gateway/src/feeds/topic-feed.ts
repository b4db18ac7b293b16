import { type Connection, type Delivery, deliveryInForce } from '@pgwamp/core/internal/postgres';
import { faultOfParts, type Publication } from '@pgwamp/core/internal/sources';
import type { Feed, FeedEvents, FeedMessage, Listening } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';
import type { Log, LogWatcher } from '../log/log.ts';
import type { LogMessage } from '../log/log-decoder.ts';
import type { Timeline } from '../log/slots.ts';
import { type TopicTest, topicTest } from './topic-pattern.ts';

const prefix = 'topic:';

/** Options of PUBLISH that choose among WAMP sessions: what chooses so is not for clients of the gateway, whoever they are. */
const choosing = /"(?:eligible(?:_authid|_authrole)?|exclude_authid|exclude_authrole)"/;

/**
 * Channels `topic:…`: what `crossbar.publish` emits, out of the log, without a router. A message is
 * `{"topic":"com.example.x","args":[…],"kwargs":{…}}`, with the texts that PostgreSQL made.
 */
export class TopicFeed implements Feed, LogWatcher {
  readonly #log: Log;
  readonly #events: FeedEvents;
  readonly #channels = new Map<string, TopicTest>();
  #delivery: Delivery = 'wal';

  constructor(log: Log, events: FeedEvents) {
    this.#log = log;
    this.#events = events;
    log.watch(this);
  }

  get position(): bigint {
    return this.#log.position;
  }

  get timeline(): Timeline | undefined {
    return this.#log.timeline;
  }

  async listen(channel: string): Promise<Listening> {
    const isWanted = topicTest(channel.slice(prefix.length));
    if (!isWanted) {
      const why = 'expected a topic, in which * stands for a component, and ** at the end for one or more';
      throw new ChannelRefusedError(channel, why);
    }
    await this.#log.connection;
    if (this.#delivery !== 'wal') throw new ChannelRefusedError(channel, this.#otherDelivery());
    return this.#log.between(() => {
      this.#channels.set(channel, isWanted);
      const { history, position } = this.#log;
      const kept = (history?.messages ?? []).filter(({ publication }) => publication && isWanted(publication.channel));
      const unread = kept.findLastIndex(({ refusal }) => refusal);
      const past = kept.slice(unread + 1).filter(({ publication }) => publication && isForEverybody(publication));
      return {
        since: kept[unread]?.position ?? history?.from ?? position,
        past: past.map((message) => messageOf(channel, message)),
      };
    });
  }

  unlisten(channel: string): void {
    this.#channels.delete(channel);
  }

  opened(connection: Connection): Promise<void> {
    return this.check(connection);
  }

  async check(connection: Connection): Promise<void> {
    this.#delivery = (await deliveryInForce(connection)) ?? 'outbox';
    if (this.#delivery === 'wal') return;
    for (const channel of [...this.#channels.keys()]) {
      this.unlisten(channel);
      this.#events.ended?.(channel, this.#otherDelivery());
    }
  }

  take(messages: readonly LogMessage[], tell: Parameters<LogWatcher['take']>[1]): void {
    for (const message of messages) {
      const { publication } = message;
      // Anybody can write what is no publication.
      if (!publication || publication.channel === '') continue;
      const { refusal } = publication;
      // Known when the first channel wants it.
      let isShown: boolean | undefined;
      for (const [channel, isWanted] of this.#channels) {
        if (!isWanted(publication.channel)) continue;
        if (refusal) {
          tell(message, () => this.#miss(channel, `a publication: ${refusal.message}`));
          continue;
        }
        isShown ??= isForEverybody(publication);
        if (isShown) tell(message, () => this.#events.message(messageOf(channel, message)));
      }
    }
  }

  interrupted(reason: string): void {
    this.#events.interrupted([...this.#channels.keys()], reason);
  }

  resumed(): void {
    this.#events.resumed([...this.#channels.keys()]);
  }

  #otherDelivery(): string {
    return `publications leave this database by delivery "${this.#delivery}", and topics need "wal"`;
  }

  #miss(channel: string, what: string): void {
    this.#events.interrupted([channel], `${what} is missing`);
    this.#events.resumed([channel]);
  }
}

/** Whether it is for clients of the gateway. Anybody can write what looks like a publication, and holds no JSON. */
function isForEverybody(publication: Publication): boolean {
  const { options } = publication;
  return (options === '' || !choosing.test(options)) && !faultOfParts(publication);
}

/** The parts are JSON already. */
function messageOf(channel: string, { id, position, publication }: LogMessage): FeedMessage {
  const { channel: topic, args, kwargs } = publication as Publication;
  const payload = `{"topic":${JSON.stringify(topic)},"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
  return { channel, payload, id, position };
}
