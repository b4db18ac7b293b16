import { DatabaseLostError } from '@pgwamp/core';
import { Doorbell } from '@pgwamp/core/internal/component';
import type { ChannelSubscriptions, Connection } from '@pgwamp/core/internal/postgres';
import * as z from 'zod';
import type { Hub } from './hub.ts';

/** The NOTIFY channel that the gateways of a database use among each other. Clients cannot listen to it. */
export const handoverChannel = 'pgwamp_gateway';

/** Limit of bytes of a notification; PostgreSQL accepts fewer than 8000. */
const maxBytes = 7000;

const handoverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('leaving'), gateway: z.string(), channels: z.array(z.string()), more: z.boolean() }),
  z.object({ type: z.literal('ready'), gateway: z.string() }),
  z.object({ type: z.literal('mark'), gateway: z.string(), number: z.number() }),
  z.object({ type: z.literal('marked'), gateway: z.string(), number: z.number() }),
]);

type HandoverMessage = z.output<typeof handoverMessage>;

interface Mark {
  readonly number: number;
  readonly atMark: (id: string) => void;
  /** Whether its notification has arrived. */
  isReached: boolean;
}

/** The advisory lock that every gateway holds (shared) while it can take over clients of another one. */
const presence = '7239381869943382901';

/** Interval in milliseconds to check whether a gateway without an answer still exists. */
const lookInterval = 250;

/**
 * Time in milliseconds during which a session of another login is not looked up again, and the limit of such sessions
 * that are remembered.
 */
const disbelief = { time: 1000, max: 1000 };

/** The dependencies of a {@link Handover}. */
export interface HandoverContext {
  readonly hub: Hub;
  readonly subscriptions: ChannelSubscriptions;
  /** Time limit in milliseconds of each step of a handover; a step that takes longer ends the handover. */
  readonly patience: number;
  /** The connection that LISTENs, if there is one. */
  database(): Connection | undefined;
}

/**
 * Hands over clients to another gateway of the database without a gap, when this one stops. All gateways receive
 * notifications in the same order, but number them differently. So:
 *
 * 1. The gateway that stops announces it and names its channels.
 * 2. The other gateways listen to these channels, keep their messages, and report that they are ready.
 * 3. The first gateway notifies a mark. It still sends the messages before the mark to its clients; then it sends them
 *   the mark as their position.
 * 4. The other gateways remember the place of the mark among the messages that they keep, and report it. Then the first
 *   gateway closes its clients. The gateway that a client reconnects to replays from the mark.
 *
 * An advisory lock shows which gateways are available: a gateway that stops as well releases it, and is not waited for.
 *
 * Every role may notify the channel, so a gateway trusts only sessions of its own login. PostgreSQL reports the session
 * of each notification.
 */
export class Handover {
  readonly #context: HandoverContext;
  readonly #warming = new Map<string, Promise<void>[]>();
  /** Pending look-ups of sessions, so that a flood of notifications causes one statement at a time. */
  readonly #lookups = new Map<number, Promise<boolean>>();
  /** Sessions of other logins, and the time until which they are not looked up again. */
  readonly #unbelieved = new Map<number, number>();
  /** The sessions of the gateways that may be given the clients, and those of them that have answered the present step. */
  #successors: ReadonlySet<number> = new Set();
  readonly #answered = new Set<number>();
  /** The connection that holds or requests the lock. */
  #entered: { readonly connection: Connection; readonly lock: Promise<unknown> } | undefined;
  readonly #bell = new Doorbell();
  #marks = 0;
  /** The mark in progress. */
  #mark: Mark | undefined;

  /** Takes part in handovers as long as the subscriptions are served. */
  constructor(context: HandoverContext) {
    this.#context = context;
    context.subscriptions.subscribe(handoverChannel, {
      notified: (payload, sender) => this.#take(payload, sender),
    });
  }

  /**
   * Announces that this gateway can take over clients, for the lifetime of the connection. The connection has to LISTEN
   * before. Any role can take the lock exclusively. Then the gateway works without it, and clients get gaps at a
   * handover.
   */
  async enter(connection: Connection): Promise<void> {
    if (this.#entered?.connection !== connection) {
      const lock = connection.query('SELECT pg_try_advisory_lock_shared($1)', [presence]);
      this.#entered = { connection, lock };
    }
    await this.#entered.lock;
  }

  /** Asks the other gateways to prepare; returns false if there is none. */
  async begin(): Promise<boolean> {
    const { hub, database } = this.#context;
    const channels = hub.channels.filter(({ history, isOfLog }) => history && !isOfLog).map(({ name }) => name);
    // A gateway that has not entered has no clients, and its connection may be busy.
    if (this.#entered === undefined || this.#entered.connection !== database()) return false;
    try {
      await this.#query('SELECT pg_advisory_unlock_shared($1)', [presence]);
      this.#successors = new Set(channels.length > 0 ? await this.#others() : []);
      if (this.#successors.size === 0) return false;
      this.#answered.clear();
      const parts = chunked(channels);
      for (const [index, part] of parts.entries()) {
        const more = index < parts.length - 1;
        await this.#say({ type: 'leaving', gateway: hub.epoch, channels: part, more });
      }
      return await this.#allAnswer();
    } catch {
      // The database connection was lost, or another gateway does not answer: clients get gaps.
      return false;
    }
  }

  /**
   * Makes a mark.
   *
   * @param atMark called with the id of the mark, at its place in the order of messages.
   * @returns whether the other gateways know the mark.
   */
  async mark(atMark: (id: string) => void): Promise<boolean> {
    const { hub } = this.#context;
    this.#marks += 1;
    const mark = { number: this.#marks, atMark, isReached: false };
    this.#mark = mark;
    this.#answered.clear();
    try {
      await this.#say({ type: 'mark', gateway: hub.epoch, number: mark.number });
      return (await this.#allAnswer()) && mark.isReached;
    } catch {
      return false;
    } finally {
      this.#mark = undefined;
    }
  }

  /**
   * Waits until every gateway that was present at the start, and still is, has answered; returns false if none is left.
   */
  async #allAnswer(): Promise<boolean> {
    const until = AbortSignal.timeout(this.#context.patience);
    using _ = this.#bell.ringOn(until);
    while (!until.aborted) {
      const others = (await this.#others()).filter((session) => this.#successors.has(session));
      if (others.every((session) => this.#answered.has(session))) return others.length > 0;
      await this.#bell.wait(lookInterval);
    }
    return false;
  }

  /** The sessions of the other gateways that are not stopping. */
  async #others(): Promise<number[]> {
    const rows = await this.#query<{ session: number }>(
      `SELECT pid AS session FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND (classid::int8 << 32) | objid::int8 = $1::int8 AND objsubid = 1 AND granted
         AND datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()`,
      [presence],
    );
    return rows.map(({ session }) => session);
  }

  #take(payload: string, sender: number): void {
    if (this.#isUnbelieved(sender)) return;
    const message = readMessage(payload);
    if (message === undefined) return;
    const { hub, database } = this.#context;
    const isOwn = message.gateway === hub.epoch;
    if (isOwn && message.type === 'mark') {
      // The position of the mark among the messages matters, so there is no time to look up the sender.
      if (sender === database()?.processId && message.number === this.#mark?.number) this.#reach(this.#mark);
      return;
    }
    const { offset } = hub;
    this.#isOfOwnLogin(sender).then(
      (isBelieved) => {
        if (!isBelieved) return;
        if (isOwn) this.#takeAnswer(message, sender);
        else if (message.type === 'leaving') this.#prepare(message);
        else if (message.type === 'mark') this.#remember(message, offset);
      },
      // The connection was lost: clients get gaps.
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
    const isBelieved = (await this.#query(statement, [sender])).length === 1;
    if (isBelieved) return true;
    if (this.#unbelieved.size >= disbelief.max) this.#unbelieved.clear();
    this.#unbelieved.set(sender, performance.now() + disbelief.time);
    return false;
  }

  #isUnbelieved(sender: number): boolean {
    const until = this.#unbelieved.get(sender);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#unbelieved.delete(sender);
    return false;
  }

  /** Handles an answer of another gateway. */
  #takeAnswer(message: HandoverMessage, sender: number): void {
    const isAnswer = message.type === 'marked' ? message.number === this.#mark?.number : message.type === 'ready';
    if (!isAnswer) return;
    this.#answered.add(sender);
    this.#bell.ring();
  }

  #reach(mark: Mark): void {
    const { hub } = this.#context;
    hub.flush();
    mark.isReached = true;
    mark.atMark(`${markEpoch(hub.epoch, mark.number)}:0`);
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
      // The other gateway does not wait for long; its clients then get gaps.
      () => undefined,
    );
  }

  #answer(message: HandoverMessage): void {
    // If the connection was lost, clients get gaps as well.
    this.#say(message).catch(() => undefined);
  }

  async #say(message: HandoverMessage): Promise<void> {
    const text = JSON.stringify(message);
    await this.#query('SELECT pg_notify($1, $2)', [handoverChannel, text]);
  }

  /** @throws `DatabaseLostError`, also without a connection. */
  async #query<Row extends object>(statement: string, values: readonly unknown[]): Promise<Row[]> {
    const connection = this.#context.database();
    if (connection === undefined) throw new DatabaseLostError('it is not connected');
    return connection.query<Row>(statement, values);
  }
}

function markEpoch(epoch: string, number: number): string {
  return `${epoch}.${number}`;
}

/** Undefined if no gateway sent the payload. */
function readMessage(payload: string): HandoverMessage | undefined {
  try {
    return handoverMessage.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

/** Splits names into lists that each fit into one notification. */
function chunked(names: readonly string[]): string[][] {
  const lists: string[][] = [];
  let room = 0;
  for (const name of names) {
    const size = Buffer.byteLength(JSON.stringify(name)) + 1;
    if (size > room) {
      lists.push([]);
      room = maxBytes;
    }
    room -= size;
    lists.at(-1)?.push(name);
  }
  return lists;
}
