/**
 * # The protocol pgwamp.v1
 *
 * The WebSocket subprotocol of the Gateway, and server-sent events. Every frame is a text frame with one JSON object
 * that has a `type`. A client ignores unknown types and fields.
 *
 * ## From the Gateway
 *
 * | type | fields | meaning |
 * | --- | --- | --- |
 * | `listening` | `channel`, `id`, `channels`? | LISTEN is in force: everything that commits from now on arrives. After a resume it follows the replayed messages. `channels`: the names in `extra.channels` that a pattern of NOTIFY channels matches; each of them is reported |
 * | `message` | `channel`, `id`, `payload` | a notification, publication or change; `payload` is a string, for a notification exactly its payload |
 * | `gap` | `channel`, `from`, `to`, `reason` | messages between these two ids may be missing; `from` is null if the start is unknown |
 * | `position` | `id` | nothing before this id is missing; sent before the Gateway closes the socket |
 * | `unsubscribed` | `channel`, `reason`? | the channel delivers no more; `reason` only if the client did not ask for it |
 * | `refused` | `channel`, `reason` | the client may not, or cannot, listen to this channel |
 * | `answer` | `ref`?, `payload` | the result of the function of `extra.receive`, as a string. null if it returned nothing, which is reported only for a message with a `ref` |
 * | `error` | `ref`?, `reason` | a frame of the client was malformed, or the function failed |
 * | `renewed` | `ref`?, `expires`? | the new token is in force, until this time in ISO 8601 |
 *
 * ## From the client
 *
 * | type | fields | meaning |
 * | --- | --- | --- |
 * | `subscribe` | `channel` or `channels`, `since`? | listen to a channel or pattern, or to a list of them; each is answered by `listening` or `refused`. `since` has no effect on a channel that the client already has |
 * | `unsubscribe` | `channel` | answered by `unsubscribed` |
 * | `send` | `payload`, `channel`?, `ref`? | gives a string to the function of `extra.receive`; answered by `answer` or `error` with the same `ref` |
 * | `token` | `token`, `ref`? | replaces the token before it expires; answered by `renewed` or `error` with the same `ref` |
 *
 * ## Ids
 *
 * An `id` is `epoch:offset`, where one epoch counts all notifications of a Gateway. For channels of the log it is a
 * position in the log, the same on every way out of the database, or a position between two messages, which contains
 * the timeline as well. A client remembers the `id` (of a `gap`: `to`) of the last frame that had one, on any
 * channel. If it listens to channels of both kinds, it remembers the last id with a colon and the last without. When it
 * reconnects, it sends them, separated by a comma: `?since=ID` for all channels of the address, or `since` in
 * `subscribe`. The Gateway replays the messages that its history still has; otherwise it sends a gap. Messages are
 * never missing without a gap. A message of the log may be repeated, with the same id.
 *
 * ## Addresses
 *
 * `/listen/{channel}`, where `/listen/…` is `extra.path`; further channels and patterns by `?channel=a&channel=b.*`,
 * which also works without a channel in the path. In a pattern, `*` matches any characters. With the subprotocol, a
 * socket may start without a channel.
 *
 * The token is a further entry in the list of subprotocols: `pgwamp.v1, bearer.TOKEN`. A WebSocket without a
 * subprotocol is plain: it listens to one channel, and each text frame is a bare payload.
 *
 * ## Server-sent events
 *
 * They have the same addresses, with `Accept: text/event-stream`. Each event has one of the objects above as `data`,
 * its `type` as `event`, and its `id` as `id`. A browser resumes by itself, with `Last-Event-ID`.
 *
 * ## Close codes
 *
 * | code | when | reconnect |
 * | --- | --- | --- |
 * | 1001 | the Gateway stops | yes |
 * | 1003 | a binary frame | no |
 * | 1007 | text that is not UTF-8 | no |
 * | 1008 | too many frames, or the last channel was revoked | no |
 * | 1009 | a frame longer than `extra.limits.max_frame_size` | no |
 * | 1012 | the connection to PostgreSQL was lost, and `extra.on_interruption` is `close` | yes |
 * | 1013 | the client reads too slowly, or its permission to listen cannot be checked | yes |
 * | 4001 | the token has expired | with another token |
 *
 * @module
 */

/** The name of the subprotocol. */
export const subprotocol = 'pgwamp.v1';

/** A control message of the gateway; see the tables above. */
export type ControlMessage =
  | { readonly type: 'listening'; readonly channel: string; readonly id: string }
  | {
      readonly type: 'gap';
      readonly channel: string;
      readonly from: string | null;
      readonly to: string;
      readonly reason: string;
    }
  | { readonly type: 'position'; readonly id: string }
  | { readonly type: 'unsubscribed'; readonly channel: string; readonly reason?: string | undefined }
  | { readonly type: 'refused'; readonly channel: string; readonly reason: string }
  | { readonly type: 'answer'; readonly ref?: unknown; readonly payload: string | null }
  | { readonly type: 'error'; readonly ref?: unknown; readonly reason: string }
  | { readonly type: 'renewed'; readonly ref?: unknown; readonly expires?: string | undefined };

/** WebSocket close codes that the gateway uses besides those of `ws`. */
export const closeCode = {
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  tokenExpired: 4001,
} as const;
