/**
 * The base class of all errors of pgwamp.
 *
 * @example
 * ```ts
 * try {
 *   await publisher.start();
 * } catch (error) {
 *   if (error instanceof ConfigurationError) console.error(error.issues);
 *   else if (error instanceof PgwampError && error.code === 'PGWAMP_SCHEMA_MISSING') console.error('run setup.sql first');
 *   else throw error;
 * }
 * ```
 */
export abstract class PgwampError extends Error {
  /** Names the error for programs; see docs/errors.md. */
  abstract readonly code: string;

  /** Whether retrying cannot help: a component that meets it stops instead of reconnecting. */
  readonly fatal: boolean = false;

  /**
   * Whether waiting cannot help, for example because a password is wrong. It makes the first `start()` of a component reject. A
   * component that has worked before retries all the same: whoever changes the password may be about to finish.
   */
  readonly permanent: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigurationIssue {
  /** Where: keys of objects, and indexes of lists. */
  readonly keys: readonly PropertyKey[];
  /** What is wrong, such as `missing (expected a string)`; secrets are masked. */
  readonly message: string;
  /** Whether the key itself is wrong, and not its value. */
  readonly isKey?: boolean;
}

/**
 * A path as it is written in messages: `workers[0].extra.database.port`, or `(top)` for the whole.
 *
 * @example
 * ```ts
 * pathText(['workers', 0, 'extra', 'port']); // workers[0].extra.port
 * ```
 */
export function pathText(keys: readonly PropertyKey[]): string {
  const parts = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return parts.join('').replace(/^\./, '') || '(top)';
}

/**
 * What is wrong, in one line.
 *
 * @example
 * ```ts
 * issuesText([{ keys: ['realm'], message: 'missing (expected a string)' }]); // realm: missing (expected a string)
 * ```
 */
export function issuesText(issues: readonly ConfigurationIssue[]): string {
  return issues.map(({ keys, message }) => `${pathText(keys)}: ${message}`).join('; ');
}

/**
 * The configuration is wrong; `issues` has path and message of each mistake.
 *
 * @remarks Fix what the message names.
 */
export class ConfigurationError extends PgwampError {
  readonly code = 'PGWAMP_CONFIGURATION';
  override readonly fatal = true;
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[], options?: ErrorOptions) {
    super(`wrong configuration: ${issuesText(issues)}`, options);
    this.issues = issues;
  }
}
