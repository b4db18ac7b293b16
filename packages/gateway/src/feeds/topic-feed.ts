import { type Connection, deliveryInForce, quotedIdentifier } from '@pgwamp/core/internal/postgres';
import { faultOfParts, type Publication } from '@pgwamp/core/internal/sources';
import type { Feed, FeedEvents, FeedMessage, Listening } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';
import type { Log, LogWatcher } from '../log/log.ts';
import type { LogMessage } from '../log/log-decoder.ts';
import { OutboxRows, outbox } from '../log/outbox-rows.ts';
import { publishTable } from '../log/publication.ts';
import type { Timeline } from '../log/slots.ts';
import { readTable } from '../log/table.ts';
import { type TopicTest, topicTest } from './topic-pattern.ts';

const prefix = 'topic:';
const outboxName = `${outbox.schema}.${outbox.table}`;

/**
 * Options of PUBLISH that select WAMP sessions. Clients of the gateway never receive publications with such options.
 */
const choosing = /"(?:eligible(?:_authid|_authrole)?|exclude_authid|exclude_authrole)"/;

/** A publication in the log; `too_large` if it was not read, so that its topic is unknown. */
interface Found {
  readonly message: LogMessage;
  readonly publication: Publication | 'too_large';
}

/**
 * Channels `topic:…`: the publications of `crossbar.publish`, from the write-ahead log, without a router. With delivery
 * "wal" they are messages; with delivery "outbox" they are rows, which are in the log before the Publisher deletes
 * them. A message is `{"topic":"com.example.x","args":[…],"kwargs":{…}}`, with the texts that PostgreSQL made.
 */
export class TopicFeed implements Feed, LogWatcher {
  readonly #log: Log;
  readonly #events: FeedEvents;
  readonly #channels = new Map<string, TopicTest>();
  readonly #rows = new OutboxRows();
  /** The reason why no publication arrives. */
  #unavailableReason: string | undefined;
  /** The position of the log since which the outbox is published, if it was not published before. */
  #published: bigint | undefined;

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
      const why = 'expected a topic, in which * matches a component, and ** at the end one or more';
      throw new ChannelRefusedError(channel, why);
    }
    await this.#log.connection;
    if (this.#unavailableReason !== undefined) throw new ChannelRefusedError(channel, this.#unavailableReason);
    return this.#log.between(() => {
      this.#channels.set(channel, isWanted);
      const { history, position } = this.#log;
      const rows = new OutboxRows();
      const kept = (history?.messages ?? []).flatMap((message) => {
        const found = foundIn(message, rows);
        return found && concerns(found, isWanted) ? [found] : [];
      });
      const unread = kept.findLastIndex(({ publication }) => refusalOf(publication));
      const since = kept[unread]?.message.position ?? history?.from ?? position;
      return {
        since: this.#published !== undefined && this.#published > since ? this.#published : since,
        past: kept.slice(unread + 1).flatMap(({ message, publication }) => {
          const payload = payloadOf(publication);
          return payload === undefined ? [] : [messageOf(channel, message, payload)];
        }),
      };
    });
  }

  unlisten(channel: string): void {
    this.#channels.delete(channel);
  }

  async opened(connection: Connection, stop: AbortSignal): Promise<void> {
    try {
      const { since } = await publishTable(connection, this.#log.options.publication, outboxName, stop);
      this.#published = since ?? this.#published;
    } catch (error) {
      // Not an error as long as the outbox is not used; otherwise check() reports it.
      if (!(error instanceof ChannelRefusedError)) throw error;
    }
    await this.check(connection);
  }

  async check(connection: Connection): Promise<void> {
    this.#unavailableReason = await this.#findUnavailableReason(connection);
    if (this.#unavailableReason === undefined) return;
    for (const channel of [...this.#channels.keys()]) {
      this.unlisten(channel);
      this.#events.ended?.(channel, this.#unavailableReason);
    }
  }

  take(messages: readonly LogMessage[], tell: Parameters<LogWatcher['take']>[1]): void {
    for (const message of messages) {
      const found = foundIn(message, this.#rows);
      if (found) this.#tellOf(found, tell);
    }
  }

  interrupted(reason: string): void {
    this.#events.interrupted([...this.#channels.keys()], reason);
  }

  resumed(): void {
    this.#events.resumed([...this.#channels.keys()]);
  }

  #tellOf(found: Found, tell: Parameters<LogWatcher['take']>[1]): void {
    const wanted = [...this.#channels].filter(([, isWanted]) => concerns(found, isWanted));
    if (wanted.length === 0) return;
    const { message, publication } = found;
    const refusal = refusalOf(publication);
    const payload = payloadOf(publication);
    for (const [channel] of wanted) {
      if (refusal !== undefined) tell(message, () => this.#miss(channel, `a publication: ${refusal}`));
      else if (payload !== undefined) tell(message, () => this.#events.message(messageOf(channel, message, payload)));
    }
  }

  async #findUnavailableReason(connection: Connection): Promise<string | undefined> {
    const delivery = await deliveryInForce(connection);
    if (delivery === 'wal') return undefined;
    if (delivery !== 'outbox') {
      return `publications leave this database by delivery "${delivery ?? 'none'}", and topics need "wal" or "outbox"`;
    }
    const { publication } = this.#log.options;
    const table = await readTable(connection, { publication, table: outbox });
    if (table === undefined || table.published === null) {
      const statement = `ALTER PUBLICATION ${quotedIdentifier(publication)} ADD TABLE ${outboxName}`;
      return `publications leave this database by delivery "outbox", which is not published; as a superuser or the owner of the publication run: ${statement}`;
    }
    const [realm] = await connection.query('SELECT FROM crossbar.realm LIMIT 1');
    if (realm) return undefined;
    return 'delivery "outbox" keeps publications for the realms of Publishers, and no realm exists: start a Publisher, or choose delivery "wal"';
  }

  #miss(channel: string, what: string): void {
    this.#events.interrupted([channel], `${what} is missing`);
    this.#events.resumed([channel]);
  }
}

function foundIn(message: LogMessage, rows: OutboxRows): Found | undefined {
  const publication = message.publication ?? rows.publicationOf(message);
  // Any role can write log messages that are not publications.
  if (publication === undefined || (publication !== 'too_large' && publication.channel === '')) return undefined;
  return { message, publication };
}

function concerns({ publication }: Found, isWanted: TopicTest): boolean {
  return publication === 'too_large' || isWanted(publication.channel);
}

/** The reason why a publication was not read. */
function refusalOf(publication: Found['publication']): string | undefined {
  return publication === 'too_large' ? 'it is larger than log.max_message_size' : publication.refusal?.message;
}

/** Whether clients may receive it. Any role can write a log message that looks like a publication without valid JSON. */
function isForEverybody(publication: Publication): boolean {
  const { options } = publication;
  return (options === '' || !choosing.test(options)) && !faultOfParts(publication);
}

/** The payload; undefined if clients must not receive it. The parts are already JSON. */
function payloadOf(publication: Found['publication']): string | undefined {
  if (publication === 'too_large' || publication.refusal || !isForEverybody(publication)) return undefined;
  const { channel: topic, args, kwargs } = publication;
  return `{"topic":${JSON.stringify(topic)},"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
}

function messageOf(channel: string, { id, position }: LogMessage, payload: string): FeedMessage {
  return { channel, payload, id, position };
}
