import { counted } from '@pgwamp/config';
import { checkChannelName } from '@pgwamp/core/internal/postgres';
import { globPattern, isName } from '../channels/glob.ts';
import { handoverChannel } from '../channels/handover.ts';
import type { Hub } from '../channels/hub.ts';
import { isPattern, matchesAny, wildcard } from '../channels/wildcard.ts';
import type { Membership } from '../clients/connection.ts';
import type { Access, Client, Revoked } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';
import { HttpRefusal, unavailable } from './http-refusal.ts';

/** The dependencies of {@link Admission}. */
export interface AdmissionOptions {
  readonly hub: Hub;
  readonly access: Access;
  /** Channels and patterns that clients may listen to. */
  readonly channels: readonly string[];
  /** Limit of channels of one client. */
  readonly maxChannels: number;
  /** Time limit in milliseconds until LISTEN is in force. */
  readonly listenTimeout: number;
}

/** A client that wants to listen, and the callback for a revoked permission. */
export interface Applicant {
  readonly client: Client;
  /** Whether it listens to one channel and does not receive its name: then a `*` is an ordinary character. */
  readonly isPlain?: boolean;
  /** Aborted when the client no longer wants it. */
  readonly gone: AbortSignal;
  /** See {@link Revoked}. */
  expel(channel: string, ...why: Parameters<Revoked>): void;
}

/** Channels of these kinds are not NOTIFY channels: their feeds interpret patterns. */
const otherKinds = /^(?:topic|table):/;

/**
 * Admits clients to channels that the configuration allows and that they have permission for, as soon as LISTEN is in
 * force.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #patterns: readonly RegExp[];

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#patterns = options.channels.flatMap((pattern) => globPattern(pattern) ?? []);
  }

  /**
   * @param names channels and patterns.
   * @param present the number of channels that the client already has.
   * @returns open channels with the permission to listen; the caller has to give them back.
   * @throws an error that `refusalOf` knows.
   */
  async admit(names: readonly string[], applicant: Applicant, present = 0): Promise<Membership[]> {
    const channels = applicant.isPlain
      ? names.map((name) => this.#allowed(name))
      : [...new Set(names.flatMap((name) => this.namesOf(name)))];
    const { maxChannels, listenTimeout } = this.#options;
    if (present + channels.length > maxChannels) {
      throw new HttpRefusal(403, `a client may listen to at most ${counted(maxChannels, 'channel')}`);
    }
    const late = new AbortController();
    // Not AbortSignal.timeout(): its timer cannot be cancelled, and would abort, with an error object, for each client
    // already admitted.
    const timer = setTimeout(() => late.abort(), listenTimeout);
    const signal = AbortSignal.any([applicant.gone, late.signal]);
    const admitting = channels.map((name) => this.#admitTo(name, applicant, signal));
    const results = await Promise.allSettled(admitting);
    clearTimeout(timer);
    const memberships = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failure = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failure === undefined) return memberships;
    for (const membership of memberships) this.giveBack(membership);
    if (!late.signal.aborted || failure.reason !== late.signal.reason) throw failure.reason;
    throw unavailable(`LISTEN is not in force after ${listenTimeout} ms: PostgreSQL cannot be reached now`);
  }

  /** Gives back a membership that is not used. */
  giveBack({ channel, permission }: Membership): void {
    permission[Symbol.dispose]();
    this.#options.hub.release(channel);
  }

  /**
   * The channels that a name stands for. PostgreSQL listens only to names, so a pattern selects from the names in
   * `extra.channels`.
   *
   * @throws `ChannelRefusedError`.
   */
  namesOf(name: string): string[] {
    if (isPattern(name) && !otherKinds.test(name)) {
      const pattern = wildcard(name);
      const names = this.#options.channels.filter((each) => isName(each) && pattern.test(each));
      if (names.length > 0) return names;
      throw new ChannelRefusedError(name, 'the pattern matches no name in extra.channels');
    }
    return [this.#allowed(name)];
  }

  #allowed(name: string): string {
    // Before the database is asked for a permission: it could not store such a name either.
    if (!otherKinds.test(name)) checkChannelName(name);
    if (matchesAny(this.#patterns, name) && name !== handoverChannel) return name;
    throw new ChannelRefusedError(name, `requested channel '${name}' is not allowed`);
  }

  async #admitTo(name: string, applicant: Applicant, signal: AbortSignal): Promise<Membership> {
    const { access, hub } = this.#options;
    const permission = await access.permit(applicant.client, name, (...why) => applicant.expel(name, ...why));
    try {
      return { channel: await hub.hold(name, applicant.client, signal), permission };
    } catch (error) {
      permission[Symbol.dispose]();
      throw error;
    }
  }
}
