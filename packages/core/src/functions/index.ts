/**
 * Functions of PostgreSQL as WAMP endpoints: the common parts of Callee and Subscriber.
 *
 * @module
 */
export { openControlConnection } from './control-connection.ts';
export type { Endpoint, EndpointChanges, EndpointKind, StateReport, Watched } from './endpoints/endpoint.ts';
export { type EndpointOutcome, EndpointStatus } from './endpoints/endpoint-status.ts';
export { storeLogin } from './endpoints/endpoint-tables.ts';
export { EndpointWatch } from './endpoints/endpoint-watch.ts';
export { RefusalLog } from './endpoints/refusal-log.ts';
export { type RoleSettings, readRoleSettings } from './endpoints/role-settings.ts';
export { successions } from './endpoints/successors.ts';
export type { Batch, Handled, HandledEvent } from './execution/batch.ts';
export type { Invocation } from './execution/call-job.ts';
export { Executor } from './execution/executor.ts';
export { errorsBySqlstate, otherError, ownSqlstates } from './execution/sqlstate.ts';
export { wampErrorOf } from './execution/wamp-error.ts';
export { FunctionHost, type FunctionHostOptions } from './function-host.ts';
export { readRoutines } from './routines/introspection.ts';
export { concernsFunction, type FoundFunction, NamedFunction } from './routines/named-function.ts';
export type { ArrayType, Attribute, CompositeType, PgType, PlainType } from './routines/pg-type.ts';
export { isUsable, type Parameter, type Result, type Routine, takenOver, type Unusable } from './routines/routine.ts';
export { type CallStatement, callStatement, refusedValue } from './statements/call-statement.ts';
export { outsOf } from './statements/outs.ts';
export { type PayloadText, type ResultRow, rowPayload, WholeResult } from './statements/result-payload.ts';
