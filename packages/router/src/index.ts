/**
 * A WAMP v2 router to embed: broker and dealer with the advanced profile, over WebSocket, RawSocket and in memory.
 *
 * @packageDocumentation
 * @see https://wamp-proto.org/wamp_latest_ietf.html
 */

export type { FrameSocket, SerializerName } from '@pgwamp/protocol';
export { MetaProcedure, MetaTopic, type RouterUri, Uri } from '@pgwamp/protocol';
export type {
  AuthenticatorOptions,
  AuthOptions,
  CraPrincipal,
  DynamicAuth,
  KeyHolder,
  Principal,
  TicketPrincipal,
} from './authentication/index.ts';
export type { PermissionOptions, RoleOptions } from './authorization/role-options.ts';
export type { HistoryOptions, StoreOptions } from './broker/store-options.ts';
export {
  ClosedError,
  JoinError,
  ListenError,
  RequestError,
  RouterError,
  RouterOptionError,
  ServiceError,
  SessionLimitError,
  UnknownRealmError,
  UsageError,
} from './errors.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export type {
  Listener,
  ListenOptions,
  OwnServerOptions,
  SharedServerOptions,
  TransportOptions,
  WebServer,
} from './listening/listen.ts';
export type {
  DeflateOptions,
  RawSocketTransportOptions,
  WebSocketOptions,
  WebSocketService,
  WebSocketTransportOptions,
} from './listening/transport-options.ts';
export type { MatchPolicy } from './matching/pattern-map.ts';
export type { UriStyle } from './matching/uri-rules.ts';
export type { RealmOptions, RouterOptions } from './options.ts';
export type { RealmInfo } from './realm/realm.ts';
export type { SessionInfo, SessionList, SessionQuery } from './realm/session-list.ts';
export { type AttachOptions, createRouter, type Router } from './router.ts';
export type { SessionEnd, SessionEndCause } from './session/session-end.ts';
export type { RouterStats } from './stats.ts';
export type { Endpoint, TcpEndpoint, TlsOptions, UnixEndpoint } from './transports/endpoint-options.ts';
export { HttpError } from './web/http-error.ts';
export type {
  BridgeOptions,
  BridgeService,
  InfoService,
  StaticService,
  WebService,
  WebTransportOptions,
} from './web/web-options.ts';
