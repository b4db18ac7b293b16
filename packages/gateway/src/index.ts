/**
 * The Gateway: what PostgreSQL says with NOTIFY, what SQL publishes, and what becomes of rows, to plain WebSockets and server-sent events.
 *
 * @module
 */
export type { Access, Client, Feed, FeedEvents, FeedMessage, Listening, Receiver } from './context.ts';
export { ChannelRefusedError, ReceiveError, TokenRefusedError } from './errors.ts';
