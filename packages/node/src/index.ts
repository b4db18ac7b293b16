/**
 * PostgreSQL as a full WAMP peer: the components, the router, the console, the node host, and all errors.
 *
 * @packageDocumentation
 */
export * from '@pgwamp/callee';
export * from '@pgwamp/caller';
export * from '@pgwamp/console';
export * from '@pgwamp/core';
export * from '@pgwamp/gateway';
export { FrameFault, ProtocolError, ProtocolViolation } from '@pgwamp/protocol';
export * from '@pgwamp/proxy';
export * from '@pgwamp/publisher';
export * from '@pgwamp/router';
export * from '@pgwamp/subscriber';
export type { ComponentConstructor, NodeComponent, NodeEnvironment } from './configuration/component-classes.ts';
export * from './errors.ts';
export { install } from './install.ts';
