/**
 * Functions of PostgreSQL as WAMP endpoints: what Callee and Subscriber share.
 *
 * @module
 */
export type { Batch, Handled, HandledEvent } from './batch.ts';
export { type CallStatement, callStatement, refusedValue } from './call-statement.ts';
export { openControlConnection } from './control-connection.ts';
export { Desk, type DeskOptions } from './desk.ts';
export type { Endpoint, EndpointKind } from './endpoint.ts';
export { EndpointLog, type EndpointOutcome, type StateReport } from './endpoint-log.ts';
export { type EndpointChanges, EndpointWatch, type Watched } from './endpoint-watch.ts';
export { Executor } from './executor.ts';
export { readRoutines } from './introspection.ts';
export type { Invocation } from './invocation.ts';
export { outsStatement } from './outs-statement.ts';
export type { ArrayType, Attribute, CompositeType, PgType, PlainType } from './pg-type.ts';
export { type PayloadText, type ResultRow, rowPayload, WholeResult } from './result-payload.ts';
export { type RoleSettings, readRoleSettings } from './role-settings.ts';
export { isUsable, type Parameter, type Result, type Routine, type Unusable } from './routine.ts';
export { storableJson, storableText } from './storable.ts';
export { wampErrorOf } from './wamp-error.ts';
