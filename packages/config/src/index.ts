/**
 * Configuration: environment variables, checks at the edge with readable errors, and the parts that several schemas share.
 *
 * @packageDocumentation
 */
export { type AuthenticationConfiguration, authentication } from './authentication.ts';
export { type DatabaseConfiguration, database, port } from './database.ts';
export { type Environment, withEnvironment } from './environment.ts';
export { ConfigurationError, type ConfigurationIssue, PgwampError } from './errors.ts';
export { milliseconds, mostMilliseconds } from './milliseconds.ts';
export { jsonSchema, parseConfiguration } from './parse.ts';
