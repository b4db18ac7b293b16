/**
 * Functions of PostgreSQL as WAMP endpoints: what Callee and Subscriber share.
 *
 * @module
 */
export { type CallStatement, callStatement, refusedValue } from './call-statement.ts';
export { readRoutines } from './introspection.ts';
export { outsStatement } from './outs-statement.ts';
export type { ArrayType, Attribute, CompositeType, PgType, PlainType } from './pg-type.ts';
export { type PayloadText, type ResultRow, rowPayload, WholeResult } from './result-payload.ts';
export { isUsable, type Parameter, type Result, type Routine, type Unusable } from './routine.ts';
