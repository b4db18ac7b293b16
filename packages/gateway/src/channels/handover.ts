import { unlessAborted } from '@pgwamp/core/internal/component';
import type { ChannelSubscriptions, Connection } from '@pgwamp/core/internal/postgres';
import * as z from 'zod';
import type { Hub } from './hub.ts';

/** The channel of NOTIFY by which the gateways of a database talk to each other; clients cannot listen to it. */
export const handoverChannel = 'pgwamp_gateway';

/** Bytes of a notification; PostgreSQL takes fewer than 8000. */
const mostBytes = 7000;

const handoverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('leaving'), gateway: z.string(), channels: z.array(z.string()), more: z.boolean() }),
  z.object({ type: z.literal('ready'), gateway: z.string() }),
  z.object({ type: z.literal('mark'), gateway: z.string(), number: z.number() }),
  z.object({ type: z.literal('marked'), gateway: z.string(), number: z.number() }),
]);

type HandoverMessage = z.output<typeof handoverMessage>;

interface Mark {
  readonly number: number;
  readonly marked: PromiseWithResolvers<void>;
  readonly atMark: (id: string) => void;
}

/** What a handover depends on. */
export interface HandoverContext {
  readonly hub: Hub;
  readonly subscriptions: ChannelSubscriptions;
  /** Milliseconds that each step of a handover may take; one that takes longer ends it. */
  readonly patience: number;
  /** The connection that LISTENs, while there is one. */
  database(): Connection | undefined;
}

/**
 * Has clients go on at another gateway of the database without a gap, when this one stops. All gateways get notifications in the same order, but
 * count them differently. So:
 *
 * 1. The gateway that stops says so, and names its channels.
 * 2. Another one listens to them, keeps what comes, and says that it is ready.
 * 3. The first one notifies a mark. What comes before the mark, it still sends to its clients; then it tells them the mark as their position.
 * 4. The other one remembers where the mark is among the messages that it keeps, and says so. Then the first one closes the clients, and the other
 *    one replays from the mark.
 *
 * Every role may notify the channel, so a gateway believes only sessions of its own login. PostgreSQL names the session of each notification.
 */
export class Handover {
  readonly #context: HandoverContext;
  readonly #warming = new Map<string, Promise<void>[]>();
  /** Sessions that are being looked up, so that a flood of notifications costs one statement at a time. */
  readonly #lookups = new Map<number, Promise<boolean>>();
  #ready = Promise.withResolvers<void>();
  #marks = 0;
  /** The mark that is being made. */
  #mark: Mark | undefined;

  /** Takes part in handovers for as long as the subscriptions are served. */
  constructor(context: HandoverContext) {
    this.#context = context;
    context.subscriptions.subscribe(handoverChannel, { notified: (payload, sender) => this.#take(payload, sender) });
  }

  /** Has another gateway make itself ready; false if there is none. */
  async begin(): Promise<boolean> {
    const { hub, database } = this.#context;
    const channels = hub.channels.filter(({ history, isOfLog }) => history && !isOfLog).map(({ name }) => name);
    const connection = database();
    if (channels.length === 0 || connection === undefined) return false;
    try {
      const [row] = await connection.query<{ others: boolean }>(
        `SELECT count(*) > 1 AS others FROM pg_stat_activity
        WHERE application_name = current_setting('application_name') AND datname = current_database() AND usename = session_user`,
      );
      if (!row?.others) return false;
      this.#ready = Promise.withResolvers();
      const parts = chunked(channels);
      for (const [index, part] of parts.entries()) {
        const more = index < parts.length - 1;
        await this.#say({ type: 'leaving', gateway: hub.epoch, channels: part, more });
      }
      await unlessAborted(this.#ready.promise, AbortSignal.timeout(this.#context.patience));
      return true;
    } catch {
      // The database or the other gateway has gone: clients are told gaps then.
      return false;
    }
  }

  /**
   * Makes a mark.
   *
   * @param atMark called in the order of the messages, where the mark is, with its id.
   * @returns whether the other gateway knows the mark.
   */
  async mark(atMark: (id: string) => void): Promise<boolean> {
    const { hub } = this.#context;
    this.#marks += 1;
    const mark = { number: this.#marks, marked: Promise.withResolvers<void>(), atMark };
    this.#mark = mark;
    try {
      await this.#say({ type: 'mark', gateway: hub.epoch, number: mark.number });
      await unlessAborted(mark.marked.promise, AbortSignal.timeout(this.#context.patience));
      return true;
    } catch {
      return false;
    } finally {
      this.#mark = undefined;
    }
  }

  #take(payload: string, sender: number): void {
    const message = readMessage(payload);
    if (message === undefined) return;
    const { hub, database } = this.#context;
    const isOwn = message.gateway === hub.epoch;
    if (isOwn && message.type === 'mark') {
      // Where the mark is among the messages counts, and there is no time to ask who has sent it.
      if (sender === database()?.processId && message.number === this.#mark?.number) this.#reach(this.#mark);
      return;
    }
    const { offset } = hub;
    this.#isOfOwnLogin(sender).then(
      (isBelieved) => {
        if (!isBelieved) return;
        if (isOwn) this.#takeAnswer(message);
        else if (message.type === 'leaving') this.#prepare(message);
        else if (message.type === 'mark') this.#remember(message, offset);
      },
      // The connection is lost: clients are told gaps then.
      () => undefined,
    );
  }

  #isOfOwnLogin(sender: number): Promise<boolean> {
    const known = this.#lookups.get(sender);
    if (known !== undefined) return known;
    const lookup = this.#lookUp(sender).finally(() => this.#lookups.delete(sender));
    this.#lookups.set(sender, lookup);
    return lookup;
  }

  async #lookUp(sender: number): Promise<boolean> {
    const statement = 'SELECT FROM pg_stat_activity WHERE pid = $1 AND usename = session_user';
    const found = await this.#context.database()?.query(statement, [sender]);
    return found?.length === 1;
  }

  /** What another gateway has answered to this one. */
  #takeAnswer(message: HandoverMessage): void {
    if (message.type === 'ready') this.#ready.resolve();
    else if (message.type === 'marked' && message.number === this.#mark?.number) this.#mark.marked.resolve();
  }

  #reach({ number, atMark }: Mark): void {
    const { hub } = this.#context;
    hub.flush();
    atMark(`${markEpoch(hub.epoch, number)}:0`);
  }

  #remember({ gateway, number }: HandoverMessage & { type: 'mark' }, offset: number): void {
    this.#context.hub.alias(markEpoch(gateway, number), offset);
    this.#answer({ type: 'marked', gateway, number });
  }

  #prepare({ gateway, channels, more }: HandoverMessage & { type: 'leaving' }): void {
    const { hub } = this.#context;
    const signal = AbortSignal.timeout(this.#context.patience);
    const warming = [...(this.#warming.get(gateway) ?? []), ...channels.map((name) => hub.warm(name, signal))];
    if (more) {
      this.#warming.set(gateway, warming);
      return;
    }
    this.#warming.delete(gateway);
    Promise.all(warming).then(
      () => this.#answer({ type: 'ready', gateway }),
      // The other one does not wait for long, and clients are told gaps.
      () => undefined,
    );
  }

  #answer(message: HandoverMessage): void {
    // The same where the connection is lost.
    this.#say(message).catch(() => undefined);
  }

  async #say(message: HandoverMessage): Promise<void> {
    const text = JSON.stringify(message);
    await this.#context.database()?.query('SELECT pg_notify($1, $2)', [handoverChannel, text]);
  }
}

function markEpoch(epoch: string, number: number): string {
  return `${epoch}.${number}`;
}

/** Undefined of what no gateway has said. */
function readMessage(payload: string): HandoverMessage | undefined {
  try {
    return handoverMessage.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

/** Names in lists that fit into a notification each. */
function chunked(names: readonly string[]): string[][] {
  const lists: string[][] = [];
  let room = 0;
  for (const name of names) {
    const size = Buffer.byteLength(JSON.stringify(name)) + 1;
    if (size > room) {
      lists.push([]);
      room = mostBytes;
    }
    room -= size;
    lists.at(-1)?.push(name);
  }
  return lists;
}
