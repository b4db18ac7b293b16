import { setTimeout as sleep } from 'node:timers/promises';
import { maxMilliseconds } from '@pgwamp/config';
import { DatabaseLostError } from '@pgwamp/core';
import { type Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import type { FoundFunction } from '@pgwamp/core/internal/functions';
import { StatementError } from '@pgwamp/core/internal/postgres';
import type { Client, Revoked } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';
import { type DatabaseFunction, FunctionUnusableError } from './database-function.ts';
import type { ReopenablePool } from './reopenable-pool.ts';
import { runAs } from './role-session.ts';

/** Minimum lifetime of a permission in milliseconds, even if the function or a notification requests a shorter one. */
const leastTime = 100;
/** Limit of channels to check in the next round. If there are more, all are checked. */
const maxDue = 10_000;
/** Limit of questions in one statement, which have its time limit together. */
const maxAtOnce = 100;

/** The options of {@link Permissions}. */
export interface PermissionsOptions {
  readonly pool: ReopenablePool;
  /** It returns an interval, or NULL to refuse. */
  readonly function: DatabaseFunction;
  /** Time limit of the function in milliseconds. */
  readonly timeout: number;
  readonly log: Logger;
}

/** A permission that the database has granted. */
interface Grant {
  readonly claims: string;
  readonly channel: string;
  /** The callbacks of the holders, called when the permission ends. */
  readonly holders: Set<Revoked>;
  /** The number of requests that use the permission and have not released it. */
  users: number;
  /** The timer of the next check. */
  ending: NodeJS.Timeout | undefined;
  /** Settled with the answer of the pending question. */
  answer: Promise<Answer> | undefined;
}

/**
 * The lifetime of a permission in milliseconds, or the reason of the refusal. `isTemporary`: the database could not be
 * asked, so the answer may soon change.
 */
type Answer = { readonly milliseconds: number } | { readonly refusal: string; readonly isTemporary: boolean };

/**
 * Permissions that a database function grants. It is called once for the same claims and channel, and its interval
 * determines how long the permission is cached. Any other result is a refusal.
 */
export class Permissions implements Disposable {
  readonly #options: PermissionsOptions;
  readonly #grants = new Map<string, Grant>();
  readonly #warnings = new OnceAMinute();
  /** Questions that are sent together at the end of the turn. */
  #questions: { readonly grant: Grant; readonly resolve: (answer: Answer) => void }[] = [];
  /** Channels to check again in the next round. */
  #due = new Set<string>();
  #isAllDue = false;
  #isAskingAgain = false;

  constructor(options: PermissionsOptions) {
    this.#options = options;
  }

  /**
   * Requests permission for a client to listen to a channel.
   *
   * @param revoked called when the permission ends.
   * @throws `ChannelRefusedError`; `DatabaseLostError` if PostgreSQL cannot be asked.
   */
  async permit({ claims }: Client, channel: string, revoked: Revoked): Promise<Disposable> {
    const text = JSON.stringify(claims);
    const key = `${text} ${channel}`;
    const grant = this.#grants.get(key) ?? this.#open(key, text, channel);
    grant.users += 1;
    const answer = await grant.answer;
    if (answer && 'refusal' in answer) {
      if (answer.isTemporary) throw new DatabaseLostError('the permission to listen cannot be checked now');
      throw new ChannelRefusedError(channel, answer.refusal);
    }
    if (this.#grants.get(key) !== grant) throw new ChannelRefusedError(channel, 'the permission was revoked');
    // A new function for each request, because the same client may listen twice.
    const holder: Revoked = (reason, isTemporary) => revoked(reason, isTemporary);
    grant.holders.add(holder);
    return {
      [Symbol.dispose]: () => {
        if (!grant.holders.delete(holder)) return;
        grant.users -= 1;
        if (grant.users === 0) this.#close(key, grant);
      },
    };
  }

  /**
   * Checks permissions again, for one channel or for all. Every role may send that notification, so rounds run one
   * after the other with a pause in between.
   */
  async askAgain(channel?: string): Promise<void> {
    if (channel === undefined) this.#isAllDue = true;
    else if (this.#due.size < maxDue) this.#due.add(channel);
    else this.#isAllDue = true;
    if (this.#isAskingAgain) return;
    this.#isAskingAgain = true;
    try {
      while (this.#isAllDue || this.#due.size > 0) {
        const [isAllDue, due] = [this.#isAllDue, this.#due];
        this.#isAllDue = false;
        this.#due = new Set();
        const asked = [...this.#grants].filter(([, grant]) => isAllDue || due.has(grant.channel));
        await Promise.all(asked.map(([key, grant]) => this.#ask(key, grant)));
        await sleep(leastTime, undefined, { ref: false });
      }
    } finally {
      this.#isAskingAgain = false;
    }
  }

  [Symbol.dispose](): void {
    for (const [key, grant] of this.#grants) this.#close(key, grant);
  }

  #open(key: string, claims: string, channel: string): Grant {
    const grant: Grant = { claims, channel, holders: new Set(), users: 0, ending: undefined, answer: undefined };
    this.#grants.set(key, grant);
    void this.#ask(key, grant);
    return grant;
  }

  #close(key: string, grant: Grant): void {
    clearTimeout(grant.ending);
    if (this.#grants.get(key) === grant) this.#grants.delete(key);
  }

  async #ask(key: string, grant: Grant): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    grant.answer = promise;
    if (this.#questions.push({ grant, resolve }) === 1) setImmediate(() => this.#send());
    const answer = await promise;
    // A later question has a newer answer.
    if (grant.answer !== promise) return;
    grant.answer = undefined;
    clearTimeout(grant.ending);
    if ('refusal' in answer) return this.#revoke(key, grant, answer.refusal, answer.isTemporary);
    const time = Math.max(leastTime, Math.min(answer.milliseconds, maxMilliseconds));
    if (this.#grants.get(key) === grant) grant.ending = setTimeout(() => void this.#ask(key, grant), time);
  }

  #revoke(key: string, grant: Grant, reason: string, isTemporary: boolean): void {
    this.#close(key, grant);
    const holders = [...grant.holders];
    grant.holders.clear();
    for (const revoked of holders) revoked(reason, isTemporary);
  }

  #send(): void {
    const questions = this.#questions;
    this.#questions = [];
    for (let start = 0; start < questions.length; start += maxAtOnce) {
      const some = questions.slice(start, start + maxAtOnce);
      void this.#answers(some.map(({ grant }) => grant)).then((answers) => {
        for (const [index, { resolve }] of some.entries())
          resolve(answers[index] ?? { refusal: 'no answer', isTemporary: true });
      });
    }
  }

  /** @param until the end of repetitions, so that a function that hangs does not occupy the sessions. */
  async #answers(grants: readonly Grant[], until = performance.now() + 2 * this.#options.timeout): Promise<Answer[]> {
    const { pool, timeout, log, function: asked } = this.#options;
    const values = [JSON.stringify(grants.map(({ claims, channel }) => ({ claims: JSON.parse(claims), channel })))];
    try {
      const statement = { text: questionOf(await asked.current()), values };
      const [rows = []] = await runAs(pool, { role: undefined, claims: '{}' }, { timeout, path: 'login' }, [statement]);
      return rows.map(([milliseconds]) =>
        Number(milliseconds) > 0
          ? { milliseconds: Number(milliseconds) }
          : { refusal: 'you may not listen to it', isTemporary: false },
      );
    } catch (thrown) {
      const error = await asked.reasonOf(thrown);
      // One of the questions may have caused the error, and many may take too long together.
      if (grants.length > 1 && error instanceof StatementError && performance.now() < until) {
        const middle = grants.length >> 1;
        const halves = [grants.slice(0, middle), grants.slice(middle)];
        return (await Promise.all(halves.map((half) => this.#answers(half, until)))).flat();
      }
      const held = this.#warnings.pass((error as Error).message);
      const fields = { channel: grants[0]?.channel, repeated: held };
      if (held !== undefined)
        log.warn(fields, '%s cannot be called, so clients are refused: %s', asked.name, (error as Error).message);
      const isTemporary = !(error instanceof StatementError || error instanceof FunctionUnusableError);
      const refusal = isTemporary ? 'the database cannot be asked now' : 'the permission cannot be checked';
      return grants.map(() => ({ refusal, isTemporary }));
    }
  }
}

/** The types of the function's parameters: claims and channel. */
export const permissionParameters = [['jsonb', 'text']];

/** The statement returns the answers in the order of the questions, in milliseconds. */
function questionOf({ name, guard }: FoundFunction): string {
  const claims = `pg_catalog.json_extract_path(question, 'claims')::pg_catalog.jsonb`;
  // A subquery, since a function that returns a set must not shift the answers of others.
  const answer = `(SELECT ${name}(${claims}, pg_catalog.json_extract_path_text(question, 'channel')))`;
  return `SELECT (pg_catalog.extract('epoch', ${answer}::pg_catalog.interval) OPERATOR(pg_catalog.*) 1000)::pg_catalog.float8
    FROM pg_catalog.json_array_elements($1::pg_catalog.json) WITH ORDINALITY AS asked (question, place) WHERE ${guard} ORDER BY place`;
}
