/** Options of an error of pgwamp. */
export interface PgwampErrorOptions extends ErrorOptions {
  /** The advice that the message ends with. */
  readonly hint?: string | undefined;
}

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
  /** Identifies the error for programs. See docs/errors.md. */
  abstract readonly code: string;

  /** Whether retrying cannot help. A component that encounters this error stops instead of reconnecting. */
  readonly fatal: boolean = false;

  /**
   * Whether waiting cannot help, for example because a password is wrong. The error rejects the first `start()` of a
   * component. A component that has worked before keeps retrying, because the configuration may just be changing, for
   * example the password.
   */
  readonly permanent: boolean = false;

  readonly #problem: string;
  readonly #hint: string | undefined;

  /**
   * @param problem the description of the problem. With a hint, the message is "problem: hint", or "problem. Hint: Hint." for a hint
   *   that is a sentence.
   */
  constructor(problem: string, { hint, ...options }: PgwampErrorOptions = {}) {
    super(hint === undefined ? problem : `${problem}${/^[A-Z]/.test(hint) ? '. Hint: ' : ': '}${hint}`, options);
    this.#problem = problem;
    this.#hint = hint;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** The message without the hint. */
  get problem(): string {
    return this.#problem;
  }

  /** The advice that the message ends with; undefined if there is none. */
  get hint(): string | undefined {
    return this.#hint;
  }
}

/** One mistake in a configuration. */
export interface ConfigurationIssue {
  /** The path of the mistake: keys of objects and indexes of lists. */
  readonly keys: readonly PropertyKey[];
  /** The description of the mistake, such as `missing (expected a string)`. Secrets are masked. */
  readonly message: string;
  /** Whether the key itself is wrong, not its value. */
  readonly isKey?: boolean;
}

/**
 * Formats a path for messages: `workers[0].extra.database.port`, or `(top)` for the whole configuration.
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
 * Formats mistakes as one line.
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
 * The configuration is wrong. `issues` contains the path and the message of each mistake.
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
