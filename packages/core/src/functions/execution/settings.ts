import type { Statement } from '../../postgres/index.ts';
import type { EndpointKind } from '../endpoints/endpoint.ts';
import type { RoleSettings } from '../endpoints/role-settings.ts';
import type { CallStatement } from '../statements/call-statement.ts';
import type { Claim } from './claim.ts';
import { type Identity, identitySettings } from './identity.ts';

/** Whether settings last until the end of the transaction, or until the session is reset. */
export type SettingsScope = 'transaction' | 'session';

/** Settings that a running transaction cannot change. They are set as session defaults before the transaction. */
const ofTransactions = /^default_transaction_(isolation|read_only|deferrable)$/i;

/**
 * Settings that are not taken from a role: those of pgwamp, those with their own value below, and those that would
 * change how pgwamp and PostgreSQL read each other's values: literals in default expressions, and NULL in arrays.
 */
const withheld =
  /^(crossbar\..*|statement_timeout|transaction_(isolation|read_only|deferrable)|client_encoding|bytea_output|standard_conforming_strings|array_nulls)$/i;

/**
 * Creates the statements that give a session a role, the settings of that role, a time limit and the identity of the
 * caller. The statement texts are created once, and each call only provides values.
 */
export class Settings {
  readonly role: string;
  /** The role's own `statement_timeout` in milliseconds; 0 for no limit. */
  readonly statementTimeout: number;
  /**
   * A statement that sets the transaction defaults of the session. It has to be committed first. Undefined if the role
   * has none.
   */
  readonly defaults: Statement | undefined;
  readonly #mark: string;
  /** The role's own settings, without those that only the session can have. */
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
   * Marks the statement of a call as belonging to this role. PostgreSQL does not check a prepared statement again for
   * the schema privileges of another role, so each role prepares its own.
   */
  own({ text, ...bound }: CallStatement): CallStatement {
    return { text: this.#mark + text, ...bound };
  }

  /**
   * Returns the statement that switches the session to this role.
   *
   * @param guard an additional condition to check.
   */
  statement(scope: SettingsScope, timeout: number, identity: Identity, guard?: string): Statement {
    const { names, values } = this.#all(scope, timeout, identity);
    const key = `${scope} ${names}`;
    const text = this.#texts.get(key) ?? `SELECT ${calls(names, scope)}`;
    this.#texts.set(key, text);
    return { text: guard === undefined ? text : `${text} WHERE ${guard}`, values };
  }

  /**
   * Returns a condition that is always true and prepares the next event of a batch. It resets the role's own settings,
   * which the previous event may have changed, and sets the part of the identity in which the events differ. Setting or
   * checking everything would take longer than a handler. The common part is checked after the last event, see
   * `unchanged`.
   *
   * @param differing result of `changing`.
   * @param parameters number of statement parameters before those of the condition.
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
   * Returns an expression that fails if the role, the time limit, or the common part of the identity has changed since
   * it was set.
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
   * Returns the statement for the first event of a transaction. It claims events before it switches from the login
   * role. The result of the claim is its first column, and the setting `crossbar.claimed`. Then it sets the transaction
   * to read only if that is the default.
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
   * The role comes last, because other roles may not set or claim everything that the login may. Identity values that are not
   * known need not be set: they are empty in a new session.
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

/** An SQL expression and its parameters. */
interface Condition {
  readonly text: string;
  readonly values: readonly string[];
}

/** Names of settings, and their values at the same indexes. */
interface NamedValues {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

function namedValues(settings: readonly (readonly [string, string])[]): NamedValues {
  return { names: settings.map(([name]) => name), values: settings.map(([, value]) => value) };
}

/** Combines all calls into one column, because their results are not needed. */
function calls(names: readonly string[], scope: SettingsScope, parameters = 0): string {
  const list = names.map((name, index) => {
    const value = `$${parameters + index + 1}`;
    return `pg_catalog.set_config('${name.replaceAll("'", "''")}', ${value}, ${scope === 'transaction'})`;
  });
  return `pg_catalog.num_nulls(${list.join(', ')})`;
}

/** The identity settings in which events differ, as a bit mask. */
export function changing(identities: readonly Identity[]): number {
  const [first = []] = identities;
  let bits = 0;
  for (const identity of identities) {
    for (const [index, value] of identity.entries()) if (value !== first[index]) bits |= 1 << index;
  }
  return bits;
}

/** The items whose bit is set. */
function pick<T>(all: readonly T[], bits: number): T[] {
  return all.filter((_, index) => (bits >> index) & 1);
}

/** Formats milliseconds as PostgreSQL shows them. */
function toSetting(time: number): string {
  const [unit, size] = Object.entries(units)
    .reverse()
    .find(([, size]) => time >= size && time % size === 0) ?? ['', 1];
  return time === 0 ? '0' : `${time / size}${unit}`;
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses a time as in PostgreSQL's settings: a decimal number, which may have a fraction and an exponent, or a
 * hexadecimal or octal integer, followed by a unit. PostgreSQL has validated the stored value. The rounding is the same
 * as PostgreSQL's: half to even.
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
