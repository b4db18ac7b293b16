import type { Statement } from '../../postgres/index.ts';
import type { EndpointKind } from '../endpoints/endpoint.ts';
import type { RoleSettings } from '../endpoints/role-settings.ts';
import type { CallStatement } from '../statements/call-statement.ts';
import type { Claim } from './claim.ts';
import { type Identity, identitySettings } from './identity.ts';

/** Whether settings last until the end of the transaction, or until the session is cleaned up. */
export type SettingsScope = 'transaction' | 'session';

/** What a transaction cannot change once it has begun, so that the session's default has to be changed before. */
const ofTransactions = /^default_transaction_(isolation|read_only|deferrable)$/i;

/**
 * Settings that a role does not get: those of pgwamp, those that have a value of their own below, and those without which we would
 * not understand what PostgreSQL sends, or it what we send: literals in default expressions, and NULL in arrays.
 */
const withheld =
  /^(crossbar\..*|statement_timeout|transaction_(isolation|read_only|deferrable)|client_encoding|bytea_output|standard_conforming_strings|array_nulls)$/i;

/**
 * The statements that make a session one of another role, with that role's own settings, a time limit and the
 * identity of the caller. The texts are made once; a call only fills in values.
 */
export class Settings {
  readonly role: string;
  /** Milliseconds that the role's own `statement_timeout` allows; 0 for no bound. */
  readonly statementTimeout: number;
  /** Sets the defaults of transactions, for the session: to be committed before. Undefined if the role has none. */
  readonly defaults: Statement | undefined;
  readonly #mark: string;
  /** The role's own, but for those that only the session can have. */
  readonly #own: Readonly<Record<SettingsScope, NamedValues>>;
  readonly #identity: readonly string[];
  readonly #texts = new Map<string, string>();

  constructor(role: string, own: RoleSettings, kind: EndpointKind) {
    const given = [...own].filter(([name]) => !withheld.test(name));
    const defaults = given.filter(([name]) => ofTransactions.test(name));
    this.role = role;
    this.#mark = `/* ${encodeURIComponent(role)} */ `;
    this.statementTimeout = milliseconds(own.get('statement_timeout') ?? '0');
    if (defaults.length > 0) {
      const { names, values } = namedValues(defaults);
      this.defaults = { text: `SELECT ${calls(names, 'session')}`, values };
    }
    const ofTransaction = given.filter(([name]) => !ofTransactions.test(name));
    this.#own = { transaction: namedValues(ofTransaction), session: namedValues(given) };
    this.#identity = identitySettings[kind];
  }

  /**
   * The statement of a call as this role's own. What was prepared for one role is not checked again for the schemas that another one may
   * use, so each role prepares its own.
   */
  own({ text, ...bound }: CallStatement): CallStatement {
    return { text: this.#mark + text, ...bound };
  }

  /**
   * The statement that makes the session one of this role.
   *
   * @param guard a condition to check besides.
   */
  statement(scope: SettingsScope, timeout: number, identity: Identity, guard?: string): Statement {
    const { names, values } = this.#all(scope, timeout, identity);
    const key = `${scope} ${names}`;
    const text = this.#texts.get(key) ?? `SELECT ${calls(names, scope)}`;
    this.#texts.set(key, text);
    return { text: guard === undefined ? text : `${text} WHERE ${guard}`, values };
  }

  /**
   * A condition that is true, and begins the next event of a batch: it sets what the event before may have changed of the role's own
   * settings, and the part of the identity in which the events differ. To set, or look at, all of it would take longer than a handler may
   * take: what all events have in common is looked at after the last one, see `unchanged`.
   *
   * @param differing as `changing` returns it.
   * @param parameters how many stand before those of the condition.
   */
  next(differing: number, identity: Identity, parameters: number): Condition {
    const { names, values } = this.#own.transaction;
    const set = [...names, ...pick(this.#identity, differing)];
    return {
      text: `${calls(set, 'transaction', parameters)} >= 0`,
      values: [...values, ...pick(identity, differing)],
    };
  }

  /**
   * An expression that fails unless the role, the time limit, and the part of the identity that all events have in common are what they
   * were set to.
   */
  unchanged(differing: number, timeout: number, identity: Identity, parameters: number): Condition {
    const all = ['role', 'statement_timeout', ...pick(this.#identity, ~differing)];
    const list = all.map((name, index) => `pg_catalog.current_setting('${name}') = $${parameters + index + 1}`);
    return {
      text: `1 / (${list.join(' AND ')})::pg_catalog.int4`,
      values: [this.role, toSetting(timeout), ...pick(identity, ~differing)],
    };
  }

  /**
   * The statement for the first event of a transaction, which claims events while it still is the role of the login. What it claimed is its
   * first column, and the setting `crossbar.claimed`. From then on the transaction is read only if it would have begun so.
   */
  claiming(claim: Claim, timeout: number, identity: Identity): Statement {
    const { names, values } = this.#all('transaction', timeout, identity);
    const claimed = `pg_catalog.set_config('crossbar.claimed', ${claim.text}, true)`;
    const readOnly = `pg_catalog.set_config('transaction_read_only', pg_catalog.current_setting('default_transaction_read_only'), true)`;
    return {
      text: `SELECT ${claimed}, ${readOnly}, ${calls(names, 'transaction', claim.values.length)}`,
      values: [...claim.values, ...values],
    };
  }

  /**
   * In this order, since role comes last: what the login may set and claim, others may not. What is not known of the caller need
   * not be set: a session has these settings, and they are empty.
   */
  #all(scope: SettingsScope, timeout: number, identity: Identity): NamedValues {
    const own = this.#own[scope];
    const names = [...own.names, 'statement_timeout'];
    const values = [...own.values, String(timeout)];
    for (const [index, name] of this.#identity.entries()) {
      const value = identity[index];
      if (!value) continue;
      names.push(name);
      values.push(value);
    }
    names.push('role');
    values.push(this.role);
    return { names, values };
  }
}

/** A part of a statement, and the parameters that it needs. */
interface Condition {
  readonly text: string;
  readonly values: readonly string[];
}

/** Settings, each by its name and its value at the same place. */
interface NamedValues {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

function namedValues(settings: readonly (readonly [string, string])[]): NamedValues {
  return { names: settings.map(([name]) => name), values: settings.map(([, value]) => value) };
}

/** One column instead of one for each, of which nobody wants to know anything. */
function calls(names: readonly string[], scope: SettingsScope, parameters = 0): string {
  const list = names.map((name, index) => {
    const value = `$${parameters + index + 1}`;
    return `pg_catalog.set_config('${name.replaceAll("'", "''")}', ${value}, ${scope === 'transaction'})`;
  });
  return `pg_catalog.num_nulls(${list.join(', ')})`;
}

/** The settings of the identity in which events differ: one bit for each. */
export function changing(identities: readonly Identity[]): number {
  const [first = []] = identities;
  let bits = 0;
  for (const identity of identities) {
    for (const [index, value] of identity.entries()) if (value !== first[index]) bits |= 1 << index;
  }
  return bits;
}

/** Those whose bit is set. */
function pick<T>(all: readonly T[], bits: number): T[] {
  return all.filter((_, index) => (bits >> index) & 1);
}

/** Milliseconds as PostgreSQL shows them. */
function toSetting(time: number): string {
  const [unit, size] = Object.entries(units)
    .reverse()
    .find(([, size]) => time >= size && time % size === 0) ?? ['', 1];
  return time === 0 ? '0' : `${time / size}${unit}`;
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a time as PostgreSQL's settings have it: a decimal number, which may have a fraction and an exponent, or a hexadecimal or
 * octal integer; and a unit. PostgreSQL has checked what it stored, and rounds as this does, halves to the even number.
 *
 * @see https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
 */
function milliseconds(setting: string): number {
  const [, number = '0', unit = ''] = /^\s*\+?(0x[\da-f]+|[\d.]+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(setting) ?? [];
  const isOctal = /^0[0-7]+$/.test(number);
  const time = (isOctal ? Number.parseInt(number, 8) : Number(number)) * (units[unit] ?? 1);
  const rounded = Math.round(time);
  return rounded - time === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
