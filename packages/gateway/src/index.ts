/**
 * The Gateway: what PostgreSQL says with NOTIFY, what SQL publishes, and what becomes of rows, to plain WebSockets and server-sent events.
 *
 * @module
 */
export type { Client, Feed, FeedEvents, FeedMessage } from './context.ts';
