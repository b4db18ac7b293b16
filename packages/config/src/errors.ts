/** What all errors of pgwamp have. */
export abstract class PgwampError extends Error {
  /** Names the error for programs; see docs/errors.md. */
  abstract readonly code: string;

  /** Whether trying again cannot help: a component stops instead of reconnecting. */
  readonly fatal: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigurationIssue {
  /** Where, such as `extra.database.port`. */
  readonly path: string;
  /** What stands there, as JSON; secrets are masked. */
  readonly found: string;
  /** What may stand there. */
  readonly expected: string;
}

/**
 * The configuration is wrong; `issues` has path, found and expected of each mistake.
 *
 * @remarks Mend what the message names.
 */
export class ConfigurationError extends PgwampError {
  readonly code = 'PGWAMP_CONFIGURATION';
  override readonly fatal = true;
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[]) {
    const lines = issues.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
    super(`wrong configuration: ${lines.join('; ')}`);
    this.issues = issues;
  }
}
