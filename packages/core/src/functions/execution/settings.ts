import { quotedLiteral, type Statement } from '../../postgres/index.ts';
import type { EndpointKind } from '../endpoints/endpoint.ts';
import type { RoleSettings } from '../endpoints/role-settings.ts';
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
  /**
   * A comment that marks the statements of this role. PostgreSQL does not check a prepared statement again for the
   * schema privileges of another role, so each role prepares its own.
   */
  readonly mark: string;
  /** The mark, and the names of the role's own settings: everything that the texts of its statements depend on. */
  readonly key: string;
  /** The role's own settings, without those that only the session can have. */
  readonly #own: Readonly<Record<SettingsScope, NamedValues>>;
  readonly #identity: readonly string[];
  /** The texts of the statements, by the known parts of the identity as a bit mask. */
  readonly #texts: Readonly<Record<SettingsScope | 'claiming', string[]>> = {
    transaction: [],
    session: [],
    claiming: [],
  };

  constructor(role: string, own: RoleSettings, kind: EndpointKind) {
    const given = [...own].filter(([name]) => !withheld.test(name));
    const defaults = given.filter(([name]) => ofTransactions.test(name));
    this.role = role;
    this.mark = `/* ${encodeURIComponent(role)} */ `;
    this.statementTimeout = milliseconds(own.get('statement_timeout') ?? '0');
    if (defaults.length > 0) {
      const { names, values } = namedValues(defaults);
      this.defaults = { text: `SELECT ${calls(names, 'session')}`, values };
    }
    const ofTransaction = given.filter(([name]) => !ofTransactions.test(name));
    this.#own = { transaction: namedValues(ofTransaction), session: namedValues(given) };
    this.#identity = identitySettings[kind];
    this.key = `${this.mark}${this.#own.transaction.names.join()}`;
  }

  /**
   * Returns the statement that switches the session to this role.
   *
   * @param guard an additional condition to check.
   */
  statement(scope: SettingsScope, timeout: number, identity: Identity, guard?: string): Statement {
    const { known, values } = this.#all(scope, timeout, identity);
    const texts = this.#texts[scope];
    texts[known] ??= `SELECT ${calls(this.#names(scope, known), scope)}`;
    const text = texts[known];
    return { text: guard === undefined ? text : `${text} WHERE ${guard}`, values };
  }

  /**
   * Returns a condition that is always true and prepares the next event of a batch. It resets the role's own settings,
   * which the previous event may have changed, and sets the part of the identity in which the events differ. Setting or
   * checking everything would take longer than a handler. The common part is checked after the last event, see
   * `unchanged`.
   *
   * @param differing result of `changing`.
   * @param parameters number of statement parameters before those of the condition. Their values are those of
   *   `nextValues`.
   */
  next(differing: number, parameters: number): string {
    return `${calls(this.#nextNames(differing), 'transaction', parameters)} OPERATOR(pg_catalog.>=) 0`;
  }

  /** The number of parameters of `next`. */
  countOfNext(differing: number): number {
    return this.#nextNames(differing).length;
  }

  nextValues(differing: number, identity: Identity): readonly string[] {
    return [...this.#own.transaction.values, ...pick(identity, differing)];
  }

  /**
   * Returns an expression that fails if the role, the time limit, or the common part of the identity has changed since
   * it was set. The values of its parameters are those of `unchangedValues`.
   */
  unchanged(differing: number, parameters: number): string {
    const all = ['role', 'statement_timeout', ...pick(this.#identity, ~differing)];
    const list = all.map(
      (name, index) => `pg_catalog.current_setting('${name}') OPERATOR(pg_catalog.=) $${parameters + index + 1}`,
    );
    return `1 OPERATOR(pg_catalog./) (${list.join(' AND ')})::pg_catalog.int4`;
  }

  unchangedValues(differing: number, timeout: number, identity: Identity): readonly string[] {
    return [this.role, toSetting(timeout), ...pick(identity, ~differing)];
  }

  /**
   * Returns the statement for the first event of a transaction. It claims events before it switches from the login
   * role. The result of the claim is its first column, and the setting `crossbar.claimed`. Then it sets the transaction
   * to read only if that is the default.
   */
  claiming(claim: Claim, timeout: number, identity: Identity): Statement {
    const { known, values } = this.#all('transaction', timeout, identity);
    const texts = this.#texts.claiming;
    texts[known] ??=
      `SELECT pg_catalog.set_config('crossbar.claimed', ${claim.text}, true), ${asReadOnlyAsDefault}, ${calls(
        this.#names('transaction', known),
        'transaction',
        claim.values.length,
      )}`;
    return { text: texts[known], values: [...claim.values, ...values] };
  }

  #nextNames(differing: number): string[] {
    return [...this.#own.transaction.names, ...pick(this.#identity, differing)];
  }

  /**
   * The role comes last, because other roles may not set or claim everything that the login may. Identity values that are not
   * known need not be set: they are empty in a new session.
   */
  #names(scope: SettingsScope, known: number): string[] {
    return [...this.#own[scope].names, 'statement_timeout', ...pick(this.#identity, known), 'role'];
  }

  /** The values of these settings, and the known parts of the identity as a bit mask. */
  #all(scope: SettingsScope, timeout: number, identity: Identity): { known: number; values: string[] } {
    const values = [...this.#own[scope].values, String(timeout)];
    let known = 0;
    for (let index = 0; index < identity.length; index += 1) {
      const value = identity[index];
      if (!value) continue;
      known |= 1 << index;
      values.push(value);
    }
    values.push(this.role);
    return { known, values };
  }
}

const asReadOnlyAsDefault = `pg_catalog.set_config('transaction_read_only', pg_catalog.current_setting('default_transaction_read_only'), true)`;

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
    return `pg_catalog.set_config(${quotedLiteral(name)}, ${value}, ${scope === 'transaction'})`;
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
