/**
 * The public parts that all pgwamp components share: errors, status, logger, metrics.
 *
 * @packageDocumentation
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus, Logger, Metrics } from './component/index.ts';
export * from './errors.ts';
export { setupSql } from './setup-sql.ts';
